package io.donna.simulator;

import io.donna.simulator.protocol.ProtocolError;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of an upgrade request. The API upgrades first and refuses in the session, so a
 * verdict is an error and a close code instead of an HTTP status.
 */
record Handshake(
    String path,
    Optional<String> model,
    boolean transcription,
    Optional<String> key,
    boolean beta) {

  /** The outcome of the handshake. */
  sealed interface Verdict {
    record Accepted() implements Verdict {}

    record Refused(ProtocolError error, int closeCode) implements Verdict {}
  }

  static final Set<String> PATHS =
      Set.of("/v1/realtime", "/openai/v1/realtime", "/openai/realtime");

  private static final String FAULT_MODEL = "fault/";
  private static final String KEY_PROTOCOL = "openai-insecure-api-key.";
  private static final String BETA_PROTOCOL = "openai-beta.";
  private static final int UNAUTHENTICATED = 3000;
  private static final int REFUSED = 4000;

  static Handshake of(FullHttpRequest request) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    List<String> protocols = protocols(request.headers());
    return new Handshake(
        uri.path(),
        parameter(uri, "model").or(() -> parameter(uri, "deployment")),
        parameter(uri, "intent").filter("transcription"::equals).isPresent(),
        key(request.headers(), protocols),
        request.headers().contains("OpenAI-Beta")
            || protocols.stream().anyMatch(protocol -> protocol.startsWith(BETA_PROTOCOL)));
  }

  /** The fault that the client requests by its model name. */
  Optional<Fault> fault() {
    return model
        .filter(name -> name.startsWith(FAULT_MODEL))
        .flatMap(name -> {
          try {
            return Optional.of(Fault.parse(name.substring(FAULT_MODEL.length())));
          } catch (IllegalArgumentException unknown) {
            return Optional.empty();
          }
        });
  }

  /**
   * Checks the request in the API's order: credentials, protocol, model.
   *
   * @param apiKey the only valid key; if empty, every key is valid
   */
  Verdict judge(Optional<String> apiKey) {
    if (key.isEmpty()) {
      return refused(UNAUTHENTICATED, null, "Missing bearer or basic authentication in header");
    }
    if (apiKey.isPresent() && !apiKey.equals(key)) {
      return refused(
          UNAUTHENTICATED,
          "invalid_api_key",
          "Incorrect API key provided. You can find your API key at"
              + " https://platform.openai.com/account/api-keys.");
    }
    if (beta) {
      return refused(
          REFUSED,
          "beta_api_shape_disabled",
          "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.");
    }
    if (transcription && model.isEmpty()) {
      return new Verdict.Accepted();
    }
    if (model.isEmpty()) {
      return refused(
          REFUSED,
          "missing_model",
          "You must provide a model parameter, for example"
              + " wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5");
    }
    boolean known = model.get().startsWith("gpt-realtime") || fault().isPresent();
    return known && !transcription
        ? new Verdict.Accepted()
        : refused(
            REFUSED,
            "invalid_model",
            "Model \"" + model.get() + "\" is not supported in realtime mode.");
  }

  private static Verdict refused(int closeCode, @Nullable String code, String message) {
    return new Verdict.Refused(ProtocolError.invalidRequest(code, message), closeCode);
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

  /** The API key, from the first place that has one. */
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
