package io.donna.gateway.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Redis or Valkey is.
 *
 * @param servers one; of sentinels and of a cluster, those that are asked first
 * @param user empty for the default user
 * @param database the number of the database; 0 in a cluster
 * @param master the name by which sentinels know the master
 */
public record RedisUrl(
    Kind kind,
    boolean tls,
    List<Server> servers,
    Optional<String> user,
    Optional<Secret> password,
    int database,
    String master) {
  public enum Kind {
    SINGLE,
    SENTINEL,
    CLUSTER
  }

  /** A host by name or address, IPv6 without brackets, and a port. */
  public record Server(String host, int port) {
    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  static final String EXPECTED =
      "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or with rediss:// (TLS), redis-sentinel:// and"
          + " redis-cluster:// with a list HOST[:PORT],HOST[:PORT], of sentinels with"
          + " ?sentinelMasterId=NAME";

  private static final String USUAL_MASTER = "mymaster";
  private static final int USUAL_PORT = 6379;
  private static final int SENTINEL_PORT = 26379;

  private static final Pattern URL =
      Pattern.compile(
          "redis(?<tls>s?)(-(?<kind>sentinel|cluster))?://((?<credentials>[^@/?#]*)@)?"
              + "(?<servers>[^@/?#]+)(/(?<database>\\d{0,6}))?(\\?sentinelMasterId=(?<master>[^&#]+))?");

  private static final Pattern SERVER =
      Pattern.compile("(\\[(?<six>[0-9a-fA-F:.]+)]|(?<host>[A-Za-z0-9._-]+))(:(?<port>\\d{1,5}))?");

  static Optional<RedisUrl> parse(String text) {
    Matcher url = URL.matcher(text.strip());
    if (!url.matches()) {
      return Optional.empty();
    }
    Kind kind =
        Optional.ofNullable(url.group("kind"))
            .map(name -> name.equals("sentinel") ? Kind.SENTINEL : Kind.CLUSTER)
            .orElse(Kind.SINGLE);
    List<Server> servers = new ArrayList<>();
    for (String server : url.group("servers").split(",", -1)) {
      Optional<Server> parsed = server(server, kind);
      if (parsed.isEmpty()) {
        return Optional.empty();
      }
      servers.add(parsed.get());
    }
    int database =
        Optional.ofNullable(url.group("database"))
            .filter(digits -> !digits.isEmpty())
            .map(Integer::parseInt)
            .orElse(0);
    boolean oneTooMany = kind == Kind.SINGLE && servers.size() > 1;
    boolean noSuchDatabase = kind == Kind.CLUSTER && database > 0;
    boolean noSuchMaster = kind != Kind.SENTINEL && url.group("master") != null;
    if (oneTooMany || noSuchDatabase || noSuchMaster) {
      return Optional.empty();
    }
    Optional<String> credentials = Optional.ofNullable(url.group("credentials"));
    try {
      return Optional.of(
          new RedisUrl(
              kind,
              !url.group("tls").isEmpty(),
              List.copyOf(servers),
              credentials
                  .filter(both -> both.indexOf(':') > 0)
                  .map(both -> decoded(both.substring(0, both.indexOf(':')))),
              credentials
                  .map(both -> decoded(both.substring(both.indexOf(':') + 1)))
                  .filter(password -> !password.isEmpty())
                  .map(Secret::new),
              database,
              Optional.ofNullable(url.group("master"))
                  .map(RedisUrl::decoded)
                  .orElse(USUAL_MASTER)));
    } catch (IllegalArgumentException notEncoded) {
      return Optional.empty();
    }
  }

  private static Optional<Server> server(String text, Kind kind) {
    Matcher server = SERVER.matcher(text);
    if (!server.matches()) {
      return Optional.empty();
    }
    int port =
        Optional.ofNullable(server.group("port"))
            .map(Integer::parseInt)
            .orElse(kind == Kind.SENTINEL ? SENTINEL_PORT : USUAL_PORT);
    String host = Optional.ofNullable(server.group("six")).orElse(server.group("host"));
    return port >= 1 && port <= 65_535 ? Optional.of(new Server(host, port)) : Optional.empty();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** The URL without its credentials. */
  @Override
  public String toString() {
    String scheme =
        "redis"
            + (tls ? "s" : "")
            + (kind == Kind.SINGLE ? "" : "-" + kind.name().toLowerCase(Locale.ROOT));
    String hosts = String.join(",", servers.stream().map(Server::toString).toList());
    String name = kind == Kind.SENTINEL ? "?sentinelMasterId=" + master : "";
    return scheme
        + "://"
        + (password.isPresent() ? "...@" : "")
        + hosts
        + (kind == Kind.CLUSTER ? "" : "/" + database)
        + name;
  }
}
