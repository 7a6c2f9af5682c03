package io.donna.gateway.telemetry;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityEventType;
import io.donna.gateway.audit.SecurityLog;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Counts decisions by the security events that state them. Safe from any thread. */
public final class DecisionMetrics {
  /** In milliseconds: a signature takes less than one, a key set from elsewhere a second. */
  private static final List<Integer> AUTHENTICATIONS =
      List.of(1, 2, 5, 10, 50, 100, 500, 1_000, 5_000);

  private final LabeledMeters<Counter> refusals;
  private final LabeledMeters<Counter> authentications;
  private final LabeledMeters<Timer> authentication;
  private final LabeledMeters<Counter> policyRefusals;

  DecisionMetrics(MeterRegistry registry) {
    this.refusals = LabeledMeters.counters(registry, "donna.refusals", "reason");
    this.authentications = LabeledMeters.counters(registry, "donna.authentications", "outcome");
    this.authentication = LabeledMeters.timers(registry, "donna.authentication", AUTHENTICATIONS);
    this.policyRefusals = LabeledMeters.counters(registry, "donna.policy.refusals", "code");
  }

  /** A log that counts what it passes on to {@code log}, before any limit on lines. */
  public SecurityLog counting(SecurityLog log) {
    return event -> {
      count(event);
      log.record(event);
    };
  }

  private void count(SecurityEvent event) {
    SecurityEventType type = event.type();
    type.refusal().ifPresent(reason -> refusals.of(reason).increment());
    type.authentication().ifPresent(outcome -> authentications.of(outcome).increment());
  }

  /** Records the verification of a token. */
  public void verified(long nanos) {
    authentication.of().record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Records that a client's message was refused.
   *
   * @param code the code of its error
   */
  public void messageRefused(String code) {
    policyRefusals.of(code).increment();
  }

  /** All refusals of requests and connections so far. */
  public long refusals() {
    return (long) refusals.sum(Counter::count);
  }
}
