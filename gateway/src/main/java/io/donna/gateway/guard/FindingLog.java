package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Writes a session's findings to the security log: of each kind at most one a second, as a client
 * says how many there are. Confined to the session's event loop.
 */
final class FindingLog {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private record Kind(String guard, Subject on, boolean failed) {}

  private final JudgedSession speaker;
  private final LongSupplier nanos;

  /** When a kind may be written again; as many as there are guards. */
  private final Map<Kind, Long> next = new HashMap<>();

  FindingLog(JudgedSession speaker, LongSupplier nanos) {
    this.speaker = speaker;
    this.nanos = nanos;
  }

  void add(Finding finding) {
    Kind kind = new Kind(finding.rule().name(), finding.on(), finding.failure().isPresent());
    long now = nanos.getAsLong();
    Long notBefore = next.get(kind);
    if (notBefore == null || now - notBefore >= 0) {
      next.put(kind, now + INTERVAL_NANOS);
      speaker.record(finding);
    }
  }
}
