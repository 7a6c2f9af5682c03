package io.donna.simulator.protocol;

import java.time.Duration;
import java.util.Optional;

/** A voice protocol of the API: which requests open its sessions, and what a session does. */
public interface Protocol {
  boolean serves(SessionRequest request);

  /** The error with which a session is refused right after the upgrade; empty to accept it. */
  Optional<ProtocolError> refusal(SessionRequest request);

  /** An `error` event, as this protocol writes it. */
  String errorEvent(ProtocolError error, Ids ids);

  /** What the journal calls a session of the request. */
  String label(SessionRequest request);

  /** The time limit of a session, unless the simulator sets another. */
  Duration sessionLimit();

  Session open(SessionRequest request, SessionContext context);
}
