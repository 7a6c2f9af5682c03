package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Measures the judgements of guards. Safe from any thread. */
public final class GuardMetrics {
  /** In milliseconds: patterns take less than one, webhooks as long as their timeout. */
  private static final List<Integer> JUDGEMENTS =
      List.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500);

  private final LabeledMeters<Counter> judgements;
  private final LabeledMeters<Timer> durations;

  GuardMetrics(MeterRegistry registry) {
    this.judgements =
        LabeledMeters.counters(
            registry, "donna.guard.judgements", "guard", "on", "verdict", "action");
    this.durations = LabeledMeters.timers(registry, "donna.guard", JUDGEMENTS, "guard");
  }

  /**
   * Records a judgement.
   *
   * @param guard its name in the policy file
   * @param on whose words it judged
   * @param verdict {@code passed}, {@code matched} or {@code failed}
   * @param action what follows; {@code none} if the words passed
   */
  public void judged(String guard, String on, String verdict, String action, long nanos) {
    judgements.of(guard, on, verdict, action).increment();
    durations.of(guard).record(nanos, TimeUnit.NANOSECONDS);
  }
}
