package io.donna.gateway.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The admin port.
 *
 * @param port 0 if it is off
 * @param portIsSet whether the port was chosen; a default port that is taken is no reason to fail
 * @param hosts further names under which operators reach it
 * @param token the bearer token of operators
 * @param signIn sign-in by OpenID Connect
 * @param stateDir keeps blocks, revocations and the switch; empty: until the next restart
 */
public record AdminSettings(
    int port,
    boolean portIsSet,
    String host,
    List<String> hosts,
    Optional<Secret> token,
    Optional<SignInSettings> signIn,
    Optional<Path> stateDir) {

  /** The default of {@code ADMIN_PORT}. */
  public static final int USUAL_PORT = 9091;

  private static final String USUAL_HOST = "127.0.0.1";
  private static final String TOKEN = "ADMIN_TOKEN";
  private static final String ISSUER = "ADMIN_OIDC_ISSUER";
  private static final String CLIENT_ID = "ADMIN_OIDC_CLIENT_ID";
  private static final int LEAST_TOKEN_BYTES = 24;

  /** The settings of a gateway that sets none. */
  public static final AdminSettings USUAL =
      new AdminSettings(
          USUAL_PORT,
          false,
          USUAL_HOST,
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  static AdminSettings read(SettingsReader reader, int publicPort) {
    int port = reader.integer("ADMIN_PORT", USUAL_PORT, 0, 65_535);
    boolean portIsSet = reader.has("ADMIN_PORT");
    if (portIsSet && port != 0 && port == publicPort) {
      reader.problem("ADMIN_PORT", "is the public PORT too: the admin port needs its own");
    }
    return new AdminSettings(
        port,
        portIsSet,
        reader.text("ADMIN_HOST", USUAL_HOST),
        reader.list("ADMIN_HOSTS", AdminSettings::hostName, "a host name without scheme and port"),
        token(reader),
        signIn(reader),
        stateDir(reader));
  }

  private static Optional<String> hostName(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.matches("[a-z0-9._-]{1,253}") ? Optional.of(lower) : Optional.empty();
  }

  private static Optional<Secret> token(SettingsReader reader) {
    Optional<Secret> token = reader.secret(TOKEN);
    token
        .filter(given -> given.bytes().length < LEAST_TOKEN_BYTES)
        .ifPresent(given ->
            reader.problem(
                TOKEN,
                "is %d bytes: at least %d are required (./donna secret generates one)"
                    .formatted(given.bytes().length, LEAST_TOKEN_BYTES)));
    if (token.isPresent() && !token.get().value().matches("[!-~]+")) {
      reader.problem(TOKEN, "must be printable ASCII without spaces, as it is sent in a header");
    }
    return token;
  }

  private static Optional<SignInSettings> signIn(SettingsReader reader) {
    Optional<URI> issuer =
        reader.optional(
            ISSUER,
            text ->
                SettingsReader.url(text, "http", "https")
                    .filter(url -> url.getQuery() == null)
                    .filter(url -> "https".equalsIgnoreCase(url.getScheme()) || isLoopback(url)),
            "an https:// URL without credentials, query or fragment (http:// on this machine only)");
    Optional<String> clientId = reader.optionalText(CLIENT_ID);
    Optional<Secret> clientSecret = reader.secret("ADMIN_OIDC_CLIENT_SECRET");
    String rolesClaim = reader.text("ADMIN_OIDC_ROLES_CLAIM", "roles");
    if (issuer.isPresent() && clientId.isEmpty()) {
      reader.problem(CLIENT_ID, "is not set: " + ISSUER + " requires it");
    }
    if (issuer.isEmpty()
        && !reader.has(ISSUER)
        && (clientId.isPresent() || clientSecret.isPresent())) {
      reader.problem(ISSUER, "is not set: sign-in requires it");
    }
    return issuer.isPresent() && clientId.isPresent()
        ? Optional.of(new SignInSettings(issuer.get(), clientId.get(), clientSecret, rolesClaim))
        : Optional.empty();
  }

  private static boolean isLoopback(URI url) {
    return isLoopback(url.getHost());
  }

  private static Optional<Path> stateDir(SettingsReader reader) {
    Optional<Path> folder = reader.optionalText("STATE_DIR").map(Path::of);
    if (folder.isPresent()
        && !(Files.isDirectory(folder.get()) && Files.isWritable(folder.get()))) {
      reader.problem("STATE_DIR", "names a directory that cannot be written: " + folder.get());
      return Optional.empty();
    }
    return folder;
  }

  public boolean isOn() {
    return port > 0;
  }

  /** Whether only this machine can reach the port. */
  public boolean isLoopback() {
    return isLoopback(host);
  }

  private static boolean isLoopback(String host) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(bare);
    if (octets == null) {
      return bare.equalsIgnoreCase("localhost");
    }
    try {
      return InetAddress.getByAddress(octets).isLoopbackAddress();
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }

  /** Whether operators can prove who they are. */
  public boolean authenticates() {
    return token.isPresent() || signIn.isPresent();
  }

  /**
   * Whether nobody can be an operator: a credential is needed, as others can reach the port or the
   * gateway is in production, and none is configured.
   */
  public boolean servesProbesOnly(boolean production) {
    return !authenticates() && (production || !isLoopback());
  }

  /** The values that must not appear in logs, errors or messages. */
  List<Secret> secrets() {
    List<Secret> all = new ArrayList<>(token.stream().toList());
    signIn.flatMap(SignInSettings::clientSecret).ifPresent(all::add);
    return all;
  }
}
