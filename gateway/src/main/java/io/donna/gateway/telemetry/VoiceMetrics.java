package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Measures what callers hear. Safe from any thread. */
public final class VoiceMetrics {
  /** In milliseconds: callers notice 200 ms, and hang up after some seconds. */
  private static final List<Integer> WAITS =
      List.of(100, 200, 300, 400, 500, 650, 800, 1_000, 1_250, 1_500, 2_000, 3_000, 5_000, 10_000);

  private final LabeledMeters<Counter> turns;
  private final LabeledMeters<Timer> firstAudio;
  private final Counter interruptions;
  private final LabeledMeters<Timer> silence;
  private final RecentWaits recent = new RecentWaits(System::nanoTime);

  VoiceMetrics(MeterRegistry registry) {
    this.turns = LabeledMeters.counters(registry, "donna.turns", "status", "trigger");
    this.firstAudio = LabeledMeters.timers(registry, "donna.turn.first.audio", WAITS, "trigger");
    this.interruptions = Counter.builder("donna.turn.interruptions").register(registry);
    this.silence = LabeledMeters.timers(registry, "donna.interruption.to.silence", WAITS);
  }

  /** Records that a turn has ended. */
  public void ended(TurnStatus status, Trigger trigger) {
    turns.of(status.label(), trigger.label()).increment();
  }

  /**
   * Records that the first audio of an answer was written to the client.
   *
   * @param nanos since the end of the user's speech, or the request
   */
  public void heard(Trigger trigger, long nanos) {
    firstAudio.of(trigger.label()).record(nanos, TimeUnit.NANOSECONDS);
    recent.record(nanos);
  }

  /** The waits of the last minutes. */
  public RecentWaits recent() {
    return recent;
  }

  /** Records that the user began to speak while the assistant did. */
  public void interrupted() {
    interruptions.increment();
  }

  /**
   * Records that an interrupted answer has ended.
   *
   * @param nanos since the interruption
   */
  public void silent(long nanos) {
    silence.of().record(nanos, TimeUnit.NANOSECONDS);
  }

  /** The upper bounds of {@link #waits}, in seconds; the last one is infinite. */
  public static double[] boundsOfWaits() {
    double[] bounds = new double[WAITS.size() + 1];
    for (int i = 0; i < WAITS.size(); i++) {
      bounds[i] = WAITS.get(i) / 1_000.0;
    }
    bounds[WAITS.size()] = Double.POSITIVE_INFINITY;
    return bounds;
  }

  /** How many waits for the first audio so far were at most as long as each bound. */
  public double[] waits() {
    double[] waits = new double[WAITS.size() + 1];
    firstAudio.forEach((labels, timer) -> {
      HistogramSnapshot snapshot = timer.takeSnapshot();
      CountAtBucket[] buckets = snapshot.histogramCounts();
      for (int i = 0; i < WAITS.size(); i++) {
        waits[i] += buckets[i].count();
      }
      waits[WAITS.size()] += snapshot.count();
    });
    return waits;
  }
}
