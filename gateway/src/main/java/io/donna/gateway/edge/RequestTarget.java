package io.donna.gateway.edge;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The target of a request line: origin form ({@code /path?query}) or absolute form, as clients send
 * it to a proxy (RFC 9112, 3.2.1 and 3.2.2). Anything else is kept as a path that no route has.
 * Nothing is decoded and dot segments are not resolved: paths are compared as received.
 *
 * @param host the host of the absolute form, unchecked
 * @param origin the origin form
 */
public record RequestTarget(Optional<String> host, String origin) {
  private static final Pattern ABSOLUTE =
      Pattern.compile("https?://(?<host>[^/?]*)(?<origin>.*)", Pattern.CASE_INSENSITIVE);

  public static RequestTarget of(String line) {
    Matcher absolute = ABSOLUTE.matcher(line);
    if (!absolute.matches()) {
      return new RequestTarget(Optional.empty(), line);
    }
    String origin = absolute.group("origin");
    return new RequestTarget(
        Optional.of(absolute.group("host")), origin.startsWith("/") ? origin : "/" + origin);
  }

  /** Without the query. */
  public String path() {
    int query = origin.indexOf('?');
    return query < 0 ? origin : origin.substring(0, query);
  }
}
