package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Writes a session's findings to the security log, at most one of each kind a second, because the
 * client decides how many there are. Confined to the session's event loop.
 */
final class FindingLog {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private record Kind(String guard, Subject on, boolean failed) {}

  private final JudgedSession session;
  private final LongSupplier nanos;

  /** When each kind may be written again. Bounded by the number of guards. */
  private final Map<Kind, Long> next = new HashMap<>();

  FindingLog(JudgedSession session, LongSupplier nanos) {
    this.session = session;
    this.nanos = nanos;
  }

  void add(Finding finding) {
    Kind kind = new Kind(finding.rule().name(), finding.on(), finding.failure().isPresent());
    long now = nanos.getAsLong();
    Long notBefore = next.get(kind);
    if (notBefore == null || now - notBefore >= 0) {
      next.put(kind, now + INTERVAL_NANOS);
      session.record(finding);
    }
  }
}
