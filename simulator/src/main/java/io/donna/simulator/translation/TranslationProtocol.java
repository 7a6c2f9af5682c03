package io.donna.simulator.translation;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionRequest;
import java.time.Duration;
import java.util.Optional;

/** Translation: the model is in the URL, and an intent is not allowed. */
public final class TranslationProtocol implements Protocol {
  private static final String PATH = "/v1/realtime/translations";

  @Override
  public boolean serves(SessionRequest request) {
    return request.path().equals(PATH);
  }

  @Override
  public Optional<ProtocolError> refusal(SessionRequest request) {
    if (request.beta()) {
      return request.betaRefusal();
    }
    if (request.intent().isPresent()) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "invalid_parameter", "Translation sessions do not take 'intent'.", "intent"));
    }
    if (request.model().isEmpty()) {
      return Optional.of(
          ProtocolError.invalidRequest("missing_model", "You must provide a model parameter."));
    }
    String model = request.model().get();
    return model.startsWith("gpt-realtime-translate") || request.faulty()
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidRequest(
                "invalid_model", "Model \"" + model + "\" is not supported in translation mode."));
  }

  @Override
  public String errorEvent(ProtocolError error, Ids ids) {
    return Events.error(error, null, ids.event());
  }

  @Override
  public String label(SessionRequest request) {
    return "translation";
  }

  @Override
  public Duration sessionLimit() {
    return Duration.ofMinutes(60);
  }

  @Override
  public Session open(SessionRequest request, SessionContext context) {
    return new TranslationSession(request.model().orElseThrow(), context);
  }
}
