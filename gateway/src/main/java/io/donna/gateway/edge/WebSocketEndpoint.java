package io.donna.gateway.edge;

import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.session.EndpointMode;
import io.donna.gateway.upstream.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A WebSocket path: a row of {@link #TABLE}, not a branch in the code.
 *
 * @param path the exact path, without a query
 * @param credential where the client's token is expected
 * @param modelParameter the query parameter for the model
 * @param only the protocol of all its sessions; empty if the request or the token names it
 * @param mode the messages of the session and its refusals
 */
record WebSocketEndpoint(
    String path,
    Credential credential,
    String modelParameter,
    Optional<Protocol> only,
    EndpointMode mode) {
  enum Credential {
    /** In the first message, or in a place that the settings allow for browsers. */
    FIRST_MESSAGE,
    /** In the upgrade request: a header, a subprotocol, or a configured place. */
    REQUEST
  }

  /** The query parameter for a kind of session that is opened without a model. */
  static final String INTENT = "intent";

  static final List<WebSocketEndpoint> TABLE =
      List.of(
          new WebSocketEndpoint(
              "/realtime",
              Credential.FIRST_MESSAGE,
              "model",
              Optional.empty(),
              EndpointMode.DIALOGUE),
          dropIn("/v1/realtime", "model", Optional.empty()),
          dropIn("/openai/v1/realtime", "model", Optional.empty()),
          dropIn("/openai/realtime", "deployment", Optional.empty()),
          dropIn("/v1/realtime/translations", "model", Optional.of(Protocol.TRANSLATION)),
          dropIn("/v1/live/sessions", "model", Optional.of(Protocol.LIVE)),
          dropIn("/openai/v1/live/sessions", "model", Optional.of(Protocol.LIVE)));

  private static WebSocketEndpoint dropIn(
      String path, String modelParameter, Optional<Protocol> only) {
    return new WebSocketEndpoint(
        path, Credential.REQUEST, modelParameter, only, EndpointMode.DROP_IN);
  }

  Target target(Request request) {
    return new Target("", request.parameter(modelParameter));
  }

  /**
   * The protocol that a request states; empty if it leaves that to its token or to a command. Only
   * {@link Upgrade} calls it, which refuses whatever else an intent may say.
   */
  Optional<Protocol> protocol(Request request) {
    if (credential == Credential.FIRST_MESSAGE) {
      return Optional.empty();
    }
    if (only.isPresent()) {
      return only;
    }
    Optional<String> intent = request.parameter(INTENT);
    return intent.isPresent()
        ? Arrays.stream(Protocol.values())
            .filter(protocol -> protocol.intent().equals(intent))
            .findFirst()
        : request.parameter(modelParameter).map(model -> Protocol.REALTIME);
  }

  static Optional<WebSocketEndpoint> at(String path) {
    return TABLE.stream().filter(endpoint -> endpoint.path.equals(path)).findFirst();
  }
}
