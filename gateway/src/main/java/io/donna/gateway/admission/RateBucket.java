package io.donna.gateway.admission;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A token bucket that holds a minute's worth and refills evenly, with a back-off after consecutive
 * failures. Times are {@link System#nanoTime}. Not safe from several threads.
 */
final class RateBucket {
  /** The longest back-off: a longer one would refuse users after the upstream has recovered. */
  static final Duration LONGEST_REST = Duration.ofSeconds(30);

  /** A failure longer ago does not count as consecutive. */
  private static final long FORGOTTEN_NANOS = TimeUnit.MINUTES.toNanos(5);

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** When the bucket is full again. */
  private long fullAt;

  private long restsUntil;
  private int failures;

  RateBucket(long now) {
    fullAt = now;
    restsUntil = now;
  }

  /**
   * The time until the next operation is allowed, in nanoseconds; 0 or less if it is allowed now.
   */
  long waitFor(int perMinute, long now) {
    long missing = Math.max(0, fullAt - now) + MINUTE_NANOS / perMinute - MINUTE_NANOS;
    return Math.max(missing, restsUntil - now);
  }

  /** Takes one operation. */
  void take(int perMinute, long now) {
    fullAt = now + Math.max(0, fullAt - now) + MINUTE_NANOS / perMinute;
  }

  /** Gives one operation back that was taken and not done. */
  void giveBack(int perMinute) {
    fullAt -= MINUTE_NANOS / perMinute;
  }

  /**
   * Counts a failure. The first one causes no back-off, as connections break. A failure during a
   * back-off started before it and does not extend it.
   */
  void failed(Duration backOff, long now) {
    if (restsUntil - now > 0) {
      return;
    }
    failures = now - restsUntil > FORGOTTEN_NANOS ? 1 : failures + 1;
    long rest = failures == 1 ? 0 : backOff.toNanos() << Math.min(failures - 2, 15);
    restsUntil = now + Math.min(rest, LONGEST_REST.toNanos());
  }

  void succeeded() {
    failures = 0;
  }

  /** Whether the bucket is in its initial state. */
  boolean isIdle(long now) {
    return fullAt - now <= 0
        && restsUntil - now <= 0
        && (failures == 0 || now - restsUntil > FORGOTTEN_NANOS);
  }
}
