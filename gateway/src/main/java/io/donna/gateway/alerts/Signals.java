package io.donna.gateway.alerts;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import java.util.concurrent.atomic.LongAdder;

/** Counts the security events that alerts are about. Safe from any thread. */
public final class Signals {
  private final LongAdder blocked = new LongAdder();
  private final LongAdder authenticationFailures = new LongAdder();
  private final LongAdder rateLimits = new LongAdder();
  private final FrequentAddresses attempts = new FrequentAddresses();

  /** A log that counts what it passes on to {@code log}, before any limit on lines. */
  public SecurityLog counting(SecurityLog log) {
    return event -> {
      count(event);
      log.record(event);
    };
  }

  private void count(SecurityEvent event) {
    switch (event) {
      case SecurityEvent.OfSession(SecurityEvent of, String _) -> count(of);
      case SecurityEvent.Repeated(SecurityEvent last, int _) -> count(last);
      case SecurityEvent.ConnectionBlockedInvalidOrigin _,
          SecurityEvent.ConnectionBlockedInvalidHost _,
          SecurityEvent.ConnectionBlockedRateLimit _,
          SecurityEvent.ConnectionBlockedConnectionLimit _ -> {
        blocked.increment();
        attempts.add(event.ip());
      }
      // Not the fault of the address: its client tries again, as it should.
      case SecurityEvent.ConnectionBlockedFeatureDisabled _,
          SecurityEvent.ConnectionBlockedCapacity _ ->
          blocked.increment();
      case SecurityEvent.AuthFailedNoToken _,
          SecurityEvent.AuthFailedInvalidToken _,
          SecurityEvent.HttpAuthFailed _ -> {
        authenticationFailures.increment();
        attempts.add(event.ip());
      }
      case SecurityEvent.RateLimitExceeded _ -> {
        rateLimits.increment();
        attempts.add(event.ip());
      }
      case SecurityEvent.ConnectionAuthTimeout _,
          SecurityEvent.BlockedInvalidHost _,
          SecurityEvent.BlockedInvalidOrigin _ ->
          attempts.add(event.ip());
      default -> {}
    }
  }

  long blocked() {
    return blocked.sum();
  }

  long authenticationFailures() {
    return authenticationFailures.sum();
  }

  long rateLimits() {
    return rateLimits.sum();
  }

  FrequentAddresses attempts() {
    return attempts;
  }
}
