package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Measures what callers hear. Safe from any thread. */
public final class VoiceMetrics {
  /** In milliseconds: callers notice 200 ms, and hang up after some seconds. */
  private static final List<Integer> WAITS =
      List.of(100, 200, 300, 400, 500, 650, 800, 1_000, 1_250, 1_500, 2_000, 3_000, 5_000, 10_000);

  private final LabeledCounter turns;
  private final LabeledTimer firstAudio;
  private final Counter interruptions;
  private final LabeledTimer silence;
  private final RecentWaits recent = new RecentWaits(System::nanoTime);

  VoiceMetrics(MeterRegistry registry) {
    this.turns = new LabeledCounter(registry, "donna.turns", "status", "trigger");
    this.firstAudio = new LabeledTimer(registry, "donna.turn.first.audio", WAITS, "trigger");
    this.interruptions = Counter.builder("donna.turn.interruptions").register(registry);
    this.silence = new LabeledTimer(registry, "donna.interruption.to.silence", WAITS);
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
}
