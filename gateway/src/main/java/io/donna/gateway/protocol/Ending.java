package io.donna.gateway.protocol;

import io.donna.gateway.event.EventType;
import java.time.Duration;

/**
 * How a session is ended whose upstream states its last usage only when it is asked to end.
 *
 * @param request the client's event that asks for the end
 * @param confirmation the upstream's event that confirms it
 * @param patience for the confirmation, at most
 */
public record Ending(EventType request, EventType confirmation, Duration patience) {
  /** The API's own examples wait for so long. */
  static final Ending SESSION_CLOSE =
      new Ending(EventType.SESSION_CLOSE, EventType.SESSION_CLOSED, Duration.ofSeconds(15));
}
