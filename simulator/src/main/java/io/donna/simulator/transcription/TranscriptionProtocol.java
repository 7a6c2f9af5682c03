package io.donna.simulator.transcription;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionRequest;
import java.time.Duration;
import java.util.Optional;

/** Transcription: `?intent=transcription`, without a model in the URL. */
public final class TranscriptionProtocol implements Protocol {

  @Override
  public boolean serves(SessionRequest request) {
    return request.toTranscribe();
  }

  @Override
  public Optional<ProtocolError> refusal(SessionRequest request) {
    return request
        .betaRefusal()
        .or(() ->
            request
                .model()
                .map(model ->
                    ProtocolError.invalidRequest(
                        "invalid_model",
                        "Model \"" + model + "\" is not supported in realtime mode.")));
  }

  @Override
  public String errorEvent(ProtocolError error, Ids ids) {
    return Events.error(error, null, ids.event());
  }

  @Override
  public String label(SessionRequest request) {
    return "transcription";
  }

  @Override
  public Duration sessionLimit() {
    return Duration.ofMinutes(60);
  }

  @Override
  public Session open(SessionRequest request, SessionContext context) {
    return new TranscriptionSession(context);
  }
}
