package io.donna.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Counts messages sent and delivered, both directions together. Confined to the event loop. */
final class Tally {
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Histogram latency = new Histogram(1_000, LONGEST_NANOS, 3);
  private long sent;
  private long delivered;

  void countSent() {
    sent++;
  }

  void countDelivered(long latencyNanos) {
    delivered++;
    latency.recordValue(Math.min(latencyNanos, LONGEST_NANOS));
  }

  long delivered() {
    return delivered;
  }

  long underway() {
    return sent - delivered;
  }

  /** Discards the latencies so far. The counts continue. */
  void restartLatency() {
    latency.reset();
  }

  long latencyNanos(double percentile) {
    return latency.getValueAtPercentile(percentile);
  }
}
