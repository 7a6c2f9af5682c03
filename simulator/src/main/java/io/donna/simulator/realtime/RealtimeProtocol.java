package io.donna.simulator.realtime;

import io.donna.simulator.input.TranscriptionModel;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionRequest;
import java.time.Duration;
import java.util.Optional;

/** The Realtime API: conversations. */
public final class RealtimeProtocol implements Protocol {
  @Override
  public boolean serves(SessionRequest request) {
    return request.toRealtime() && !request.toTranscribe();
  }

  @Override
  public Optional<ProtocolError> refusal(SessionRequest request) {
    if (request.beta()) {
      return request.betaRefusal();
    }
    if (request.model().isEmpty()) {
      return refused(
          "missing_model",
          "You must provide a model parameter, for example"
              + " wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5");
    }
    String model = request.model().get();
    return model.startsWith("gpt-realtime") || request.faulty()
        ? Optional.empty()
        : refused("invalid_model", unsupported(model));
  }

  private static String unsupported(String model) {
    return TranscriptionModel.named(model).isPresent()
        ? "Model \""
            + model
            + "\" is a transcription model and cannot be used as the realtime session model. Use a"
            + " realtime model for the session model. Pass this transcription model as"
            + " audio.input.transcription.model instead."
        : "Model \"" + model + "\" is not supported in realtime mode.";
  }

  @Override
  public String errorEvent(ProtocolError error, Ids ids) {
    return Events.error(error, null, ids.event());
  }

  @Override
  public String label(SessionRequest request) {
    return request.model().orElse("realtime");
  }

  @Override
  public Duration sessionLimit() {
    return Duration.ofMinutes(60);
  }

  @Override
  public Session open(SessionRequest request, SessionContext context) {
    return new RealtimeSession(request.model().orElseThrow(), context);
  }

  private static Optional<ProtocolError> refused(String code, String message) {
    return Optional.of(ProtocolError.invalidRequest(code, message));
  }
}
