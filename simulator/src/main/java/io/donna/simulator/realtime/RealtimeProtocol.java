package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionRequest;
import io.donna.simulator.protocol.TimedIds;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** The Realtime API: conversations, and transcription with `?intent=transcription`. */
public final class RealtimeProtocol implements Protocol {
  public static final Set<String> PATHS =
      Set.of("/v1/realtime", "/openai/v1/realtime", "/openai/realtime");

  @Override
  public boolean serves(SessionRequest request) {
    return PATHS.contains(request.path());
  }

  @Override
  public Optional<ProtocolError> refusal(SessionRequest request) {
    if (request.beta()) {
      return refused(
          "beta_api_shape_disabled",
          "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.");
    }
    boolean transcription = request.intent().equals(Optional.of("transcription"));
    if (transcription && request.model().isEmpty()) {
      return Optional.empty();
    }
    if (request.model().isEmpty()) {
      return refused(
          "missing_model",
          "You must provide a model parameter, for example"
              + " wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5");
    }
    String model = request.model().get();
    boolean known = model.startsWith("gpt-realtime") || request.faulty();
    return known && !transcription
        ? Optional.empty()
        : refused("invalid_model", "Model \"" + model + "\" is not supported in realtime mode.");
  }

  @Override
  public String errorEvent(ProtocolError error, TimedIds ids) {
    return Events.error(error, null);
  }

  @Override
  public String label(SessionRequest request) {
    return request.model().orElse("transcription");
  }

  @Override
  public Duration sessionLimit() {
    return Duration.ofMinutes(60);
  }

  @Override
  public Session open(SessionRequest request, SessionContext context) {
    return new RealtimeSession(request.model(), context);
  }

  private static Optional<ProtocolError> refused(String code, String message) {
    return Optional.of(ProtocolError.invalidRequest(code, message));
  }
}
