package io.donna.gateway.alerts;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityEventType;
import io.donna.gateway.audit.SecurityLog;
import java.util.concurrent.atomic.LongAdder;

/** Counts the security events that alerts are about. Safe from any thread. */
public final class SecurityEventCounts {
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
    SecurityEventType type = event.type();
    switch (type.alertSign()) {
      case BLOCKED_CONNECTION -> blocked.increment();
      case AUTHENTICATION_FAILURE -> authenticationFailures.increment();
      case RATE_LIMIT -> rateLimits.increment();
      case NONE -> {}
    }
    if (type.isAttempt()) {
      attempts.add(event.ip());
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
