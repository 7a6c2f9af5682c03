package io.donna.gateway.audit;

/** Where security events go. Safe from any thread; never blocks, never throws. */
@FunctionalInterface
public interface SecurityLog {
  void record(SecurityEvent event);

  /** This log for the events of one session, which say so. */
  default SecurityLog ofSession(String id) {
    return event -> record(new SecurityEvent.OfSession(event, id));
  }
}
