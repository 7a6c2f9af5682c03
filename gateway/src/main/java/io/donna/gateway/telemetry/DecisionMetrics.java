package io.donna.gateway.telemetry;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Counts decisions by the security events that state them. Safe from any thread. */
public final class DecisionMetrics {
  /** In milliseconds: a signature takes less than one, a key set from elsewhere a second. */
  private static final List<Integer> AUTHENTICATIONS =
      List.of(1, 2, 5, 10, 50, 100, 500, 1_000, 5_000);

  private final LabeledCounter refusals;
  private final LabeledCounter authentications;
  private final LabeledTimer authentication;
  private final LabeledCounter policyRefusals;

  DecisionMetrics(MeterRegistry registry) {
    this.refusals = new LabeledCounter(registry, "donna.refusals", "reason");
    this.authentications = new LabeledCounter(registry, "donna.authentications", "outcome");
    this.authentication = new LabeledTimer(registry, "donna.authentication", AUTHENTICATIONS);
    this.policyRefusals = new LabeledCounter(registry, "donna.policy.refusals", "code");
  }

  /** A log that counts what it passes on to {@code log}, before any limit on lines. */
  public SecurityLog counting(SecurityLog log) {
    return event -> {
      count(event);
      log.record(event);
    };
  }

  private void count(SecurityEvent event) {
    event.refusalReason().ifPresent(reason -> refusals.of(reason).increment());
    authentication(event).ifPresent(outcome -> authentications.of(outcome).increment());
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
    return (long) refusals.total();
  }

  private static Optional<String> authentication(SecurityEvent event) {
    return Optional.ofNullable(
        switch (event.unwrapped()) {
          case SecurityEvent.AuthSuccess _, SecurityEvent.ClientSecretCreated _ -> "success";
          case SecurityEvent.AuthFailedNoToken _ -> "no_token";
          case SecurityEvent.AuthFailedInvalidToken _, SecurityEvent.HttpAuthFailed _ ->
              "invalid_token";
          case SecurityEvent.AuthUnavailable _, SecurityEvent.HttpAuthUnavailable _ ->
              "unavailable";
          case SecurityEvent.ConnectionAuthTimeout _ -> "timeout";
          case SecurityEvent.AuthRevoked _ -> "revoked";
          default -> null;
        });
  }
}
