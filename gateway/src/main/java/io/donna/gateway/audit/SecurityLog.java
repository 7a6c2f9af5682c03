package io.donna.gateway.audit;

/** Receives security events. Safe from any thread; never blocks, never throws. */
@FunctionalInterface
public interface SecurityLog {
  void record(SecurityEvent event);

  /** This log for the events of one session, with its id added. */
  default SecurityLog ofSession(String id) {
    return event -> record(new SecurityEvent.OfSession(event, id));
  }
}
