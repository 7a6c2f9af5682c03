package io.donna.gateway.edge;

import io.donna.gateway.session.EndpointMode;
import io.donna.gateway.upstream.Target;
import java.util.List;
import java.util.Optional;

/**
 * A path that WebSockets come in by: a row of {@link #TABLE}, not a branch in the code.
 *
 * @param path exactly as requested, without a query
 * @param credential where the client's token is looked for
 * @param modelParameter the query parameter that names the model
 * @param upstreamPath what is added to the path of the configured upstream
 * @param mode the vocabulary: how the session talks, and how it refuses
 */
record Endpoint(
    String path,
    Credential credential,
    String modelParameter,
    String upstreamPath,
    EndpointMode mode) {
  enum Credential {
    /** In the first message, or where the settings allow a browser's page to have it. */
    FIRST_MESSAGE,
    /** In the upgrade request: in a header, a subprotocol, or where the settings allow. */
    REQUEST
  }

  static final List<Endpoint> TABLE =
      List.of(
          new Endpoint("/realtime", Credential.FIRST_MESSAGE, "model", "", EndpointMode.DIALOGUE),
          new Endpoint("/v1/realtime", Credential.REQUEST, "model", "", EndpointMode.DROP_IN),
          new Endpoint(
              "/openai/v1/realtime", Credential.REQUEST, "model", "", EndpointMode.DROP_IN),
          new Endpoint(
              "/openai/realtime", Credential.REQUEST, "deployment", "", EndpointMode.DROP_IN));

  Target target(Request request) {
    return new Target(upstreamPath, request.parameter(modelParameter));
  }

  static Optional<Endpoint> at(String path) {
    return TABLE.stream().filter(endpoint -> endpoint.path.equals(path)).findFirst();
  }
}
