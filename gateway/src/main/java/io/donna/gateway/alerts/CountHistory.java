package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertRules;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Past values of counters that only rise, for their increase in a window. Remembers changes of the
 * last hour, which bounds it by the number of evaluations in that. Confined to the thread that
 * evaluates.
 */
final class CountHistory {
  private static final class Sample {
    private final long at;
    private final double[] counts;

    Sample(long at, double[] counts) {
      this.at = at;
      this.counts = counts;
    }
  }

  private static final long LONGEST = AlertRules.LONGEST_WINDOW.toNanos();

  /** Of counters that count from 0, with the process. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * Remembers the counts at a moment, and returns the increase of each in the window before it.
   *
   * @param now nanoseconds that never go back
   */
  double[] increase(long now, Duration window, double... counts) {
    if (samples.isEmpty() || !Arrays.equals(samples.getLast().counts, counts)) {
      samples.addLast(new Sample(now, counts.clone()));
    }
    forget(now);
    double[] before = at(now - window.toNanos(), counts.length);
    double[] increase = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      increase[i] = counts[i] - before[i];
    }
    return increase;
  }

  /** The counts at a moment: those of the latest sample before it. */
  private double[] at(long moment, int length) {
    double[] latest = new double[length];
    for (Sample sample : samples) {
      if (sample.at > moment) {
        break;
      }
      latest = sample.counts;
    }
    return latest;
  }

  /** Keeps one sample that is older than the longest window: the counts at its beginning. */
  private void forget(long now) {
    while (samples.size() > 1) {
      Sample oldest = samples.removeFirst();
      if (samples.getFirst().at > now - LONGEST) {
        samples.addFirst(oldest);
        return;
      }
    }
  }

  int size() {
    return samples.size();
  }
}
