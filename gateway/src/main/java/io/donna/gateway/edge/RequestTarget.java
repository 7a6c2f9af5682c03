package io.donna.gateway.edge;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request line asks for: {@code /path?query}, or with the host in front, as clients say it
 * that take us for a proxy (RFC 9112, 3.2.1 and 3.2.2). Whatever else it is stays a path that
 * nobody has. Nothing is decoded and no dots are resolved: paths are compared as they came.
 *
 * @param host the one it names, however it looks
 * @param origin the rest
 */
record RequestTarget(Optional<String> host, String origin) {
  private static final Pattern ABSOLUTE =
      Pattern.compile("https?://(?<host>[^/?]*)(?<origin>.*)", Pattern.CASE_INSENSITIVE);

  static RequestTarget of(String line) {
    Matcher absolute = ABSOLUTE.matcher(line);
    if (!absolute.matches()) {
      return new RequestTarget(Optional.empty(), line);
    }
    String origin = absolute.group("origin");
    return new RequestTarget(
        Optional.of(absolute.group("host")), origin.startsWith("/") ? origin : "/" + origin);
  }

  /** Without the query. */
  String path() {
    int query = origin.indexOf('?');
    return query < 0 ? origin : origin.substring(0, query);
  }
}
