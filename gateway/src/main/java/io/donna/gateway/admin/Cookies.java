package io.donna.gateway.admin;

import io.donna.gateway.edge.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Names, reads and writes the admin port's cookies: for this host only, out of reach of scripts.
 * Over TLS they have the prefix {@code __Host-}, so that no other host and no plain connection can
 * set them; without TLS the port is in their name, as browsers share cookies between ports.
 *
 * @param purpose {@code admin} or {@code sign-in}
 */
record Cookies(String purpose, int port) {
  private String name(boolean secure) {
    return secure ? "__Host-donna-" + purpose : "donna-" + purpose + "-" + port;
  }

  /** The cookie's value; empty if there is none, or more than one. */
  Optional<String> read(Request request, boolean secure) {
    String prefix = name(secure) + "=";
    List<String> values =
        request.headers().getAll(HttpHeaderNames.COOKIE).stream()
            .flatMap(line -> Arrays.stream(line.split(";", -1)))
            .map(String::strip)
            .filter(pair -> pair.startsWith(prefix))
            .map(pair -> pair.substring(prefix.length()))
            .toList();
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /** The header that sets it. */
  String write(String value, boolean secure, String sameSite, Duration maxAge) {
    return name(secure)
        + "="
        + value
        + "; Path=/; HttpOnly; SameSite="
        + sameSite
        + "; Max-Age="
        + maxAge.toSeconds()
        + (secure ? "; Secure" : "");
  }

  /** The header that removes it. */
  String clear(boolean secure, String sameSite) {
    return write("", secure, sameSite, Duration.ZERO);
  }
}
