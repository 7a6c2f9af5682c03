package io.donna.gateway.telemetry;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The latest waits for audio, for exact quantiles of the last minutes. Costs a few nanoseconds a
 * turn. Safe from any thread.
 */
public final class RecentWaits {
  /** Waits that are kept: those of five minutes at three turns a second, and fewer beyond. */
  private static final int MOST = 1_024;

  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(5);

  /**
   * Quantiles of recent waits, in milliseconds.
   *
   * @param turns the number of waits that they are of
   */
  public record Quantiles(int turns, long p50Ms, long p95Ms) {}

  private final LongSupplier nanoTime;
  private final long[] waits = new long[MOST];
  private final long[] times = new long[MOST];
  private long recorded;

  RecentWaits(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  synchronized void record(long nanos) {
    int at = (int) (recorded++ % MOST);
    waits[at] = nanos;
    times[at] = nanoTime.getAsLong();
  }

  /** The quantiles of the last five minutes; empty if no caller has waited in them. */
  public Optional<Quantiles> quantiles() {
    long[] recent = recent();
    if (recent.length == 0) {
      return Optional.empty();
    }
    Arrays.sort(recent);
    return Optional.of(
        new Quantiles(recent.length, quantileMs(recent, 0.5), quantileMs(recent, 0.95)));
  }

  private synchronized long[] recent() {
    long now = nanoTime.getAsLong();
    int kept = (int) Math.min(recorded, MOST);
    long[] recent = new long[kept];
    int count = 0;
    for (int i = 0; i < kept; i++) {
      if (now - times[i] <= WINDOW_NANOS) {
        recent[count++] = waits[i];
      }
    }
    return Arrays.copyOf(recent, count);
  }

  /** The smallest wait that a share of {@code p} does not exceed. */
  private static long quantileMs(long[] sorted, double p) {
    int at = (int) Math.ceil(p * sorted.length) - 1;
    return TimeUnit.NANOSECONDS.toMillis(sorted[Math.max(0, at)]);
  }
}
