package io.donna.gateway.audit;

/** Where security events go. Safe from any thread; never blocks, never throws. */
@FunctionalInterface
public interface SecurityLog {
  void record(SecurityEvent event);
}
