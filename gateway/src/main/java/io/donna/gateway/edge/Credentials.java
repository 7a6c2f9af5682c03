package io.donna.gateway.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Optional;

/**
 * Finds the token that came with an upgrade request, where the official SDKs put their API key:
 * {@code Authorization}, then {@code api-key}, then a subprotocol.
 */
final class Credentials {
  /** The subprotocol that carries a key where a browser cannot set headers. */
  private static final String KEY_PROTOCOL = "openai-insecure-api-key.";

  private static final String BEARER = "Bearer ";

  /** Makes SDKs in browsers take a token for an ephemeral key. */
  private static final String EPHEMERAL = "ek_";

  private Credentials() {}

  static Optional<String> token(HttpHeaders headers, List<String> subprotocols) {
    return bearer(headers)
        .or(() -> Optional.ofNullable(headers.get("api-key")).map(String::strip))
        .or(() -> fromSubprotocol(subprotocols))
        .map(token -> token.startsWith(EPHEMERAL) ? token.substring(EPHEMERAL.length()) : token)
        .filter(token -> !token.isEmpty());
  }

  private static Optional<String> bearer(HttpHeaders headers) {
    String value = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    return value.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? Optional.of(value.substring(BEARER.length()).strip()).filter(token -> !token.isEmpty())
        : Optional.empty();
  }

  private static Optional<String> fromSubprotocol(List<String> subprotocols) {
    return subprotocols.stream()
        .filter(protocol -> protocol.startsWith(KEY_PROTOCOL))
        .findFirst()
        .map(protocol -> protocol.substring(KEY_PROTOCOL.length()));
  }
}
