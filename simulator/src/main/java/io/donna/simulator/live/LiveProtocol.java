package io.donna.simulator.live;

import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** GPT-Live: the primary WebSocket. Its model is not in the URL but in the first event. */
public final class LiveProtocol implements Protocol {
  private static final Set<String> PATHS = Set.of("/v1/live/sessions", "/openai/v1/live/sessions");

  @Override
  public boolean serves(SessionRequest request) {
    return PATHS.contains(request.path());
  }

  @Override
  public Optional<ProtocolError> refusal(SessionRequest request) {
    return Optional.empty();
  }

  @Override
  public String errorEvent(ProtocolError error, Ids ids) {
    return Json.write(LiveEvents.error("event_" + ids.uuid(), error, null, false));
  }

  @Override
  public String label(SessionRequest request) {
    return "live";
  }

  @Override
  public Duration sessionLimit() {
    return Duration.ofHours(2);
  }

  @Override
  public Session open(SessionRequest request, SessionContext context) {
    return new LiveSession(context);
  }
}
