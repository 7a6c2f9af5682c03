package io.donna.simulator;

import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.SessionRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An upgrade request: the session it opens and its credentials.
 *
 * @param key the API key, from the first place that has one
 */
record Handshake(SessionRequest session, Optional<String> key) {
  private static final String KEY_PROTOCOL = "openai-insecure-api-key.";
  private static final String BETA_PROTOCOL = "openai-beta.";

  static Handshake of(FullHttpRequest request) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    List<String> protocols = protocols(request.headers());
    Optional<String> model = parameter(uri, "model").or(() -> parameter(uri, "deployment"));
    boolean beta =
        request.headers().contains("OpenAI-Beta")
            || protocols.stream().anyMatch(protocol -> protocol.startsWith(BETA_PROTOCOL));
    return new Handshake(
        new SessionRequest(
            uri.path(),
            model,
            parameter(uri, "intent"),
            beta,
            model.flatMap(Fault::ofModel).isPresent()),
        key(request.headers(), protocols));
  }

  /** The fault that the client requests by its model name. */
  Optional<Fault> fault() {
    return session.model().flatMap(Fault::ofModel);
  }

  /**
   * Why the credentials are refused; empty if they are valid.
   *
   * @param apiKey the only valid key; if empty, every key is valid
   */
  Optional<ProtocolError> unauthenticated(Optional<String> apiKey) {
    if (key.isEmpty()) {
      return Optional.of(
          ProtocolError.invalidRequest(null, "Missing bearer or basic authentication in header"));
    }
    if (apiKey.isPresent() && !apiKey.equals(key)) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "invalid_api_key",
              "Incorrect API key provided. You can find your API key at"
                  + " https://platform.openai.com/account/api-keys."));
    }
    return Optional.empty();
  }

  private static Optional<String> parameter(QueryStringDecoder uri, String name) {
    return uri.parameters().getOrDefault(name, List.of()).stream().findFirst();
  }

  private static List<String> protocols(HttpHeaders headers) {
    return headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
        .flatMap(line -> Stream.of(line.split(",", -1)))
        .map(String::strip)
        .toList();
  }

  private static Optional<String> key(HttpHeaders headers, List<String> protocols) {
    Optional<String> authorization =
        Optional.ofNullable(headers.get(HttpHeaderNames.AUTHORIZATION))
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
            .map(value -> value.substring(7).strip())
            .filter(value -> !value.isEmpty());
    return authorization
        .or(() -> Optional.ofNullable(headers.get("api-key")))
        .or(() ->
            protocols.stream()
                .filter(protocol -> protocol.startsWith(KEY_PROTOCOL))
                .map(protocol -> protocol.substring(KEY_PROTOCOL.length()))
                .findFirst());
  }
}
