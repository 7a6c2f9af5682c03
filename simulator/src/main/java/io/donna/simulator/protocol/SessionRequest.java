package io.donna.simulator.protocol;

import java.util.Optional;
import java.util.Set;

/**
 * What an upgrade request says about the session it opens.
 *
 * @param beta whether the request asks for the beta of the Realtime API
 * @param faulty whether the model names a fault of the simulator
 */
public record SessionRequest(
    String path, Optional<String> model, Optional<String> intent, boolean beta, boolean faulty) {
  private static final Set<String> REALTIME =
      Set.of("/v1/realtime", "/openai/v1/realtime", "/openai/realtime");

  /** Whether the path is that of the Realtime API, whose intent chooses the type of session. */
  public boolean toRealtime() {
    return REALTIME.contains(path);
  }

  /** The refusal of the beta; empty for a request of the current protocol. */
  public Optional<ProtocolError> betaRefusal() {
    return beta
        ? Optional.of(
            ProtocolError.invalidRequest(
                "beta_api_shape_disabled",
                "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA"
                    + " API."))
        : Optional.empty();
  }

  public boolean toTranscribe() {
    return toRealtime() && intent.equals(Optional.of("transcription"));
  }
}
