package io.donna.gateway.admission;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often something is done: a bucket that holds a minute's worth and fills evenly, and a rest
 * after failures in a row. Times are {@link System#nanoTime}. Confined to whoever owns it.
 */
final class RateBucket {
  /** A longer rest would keep people out after an upstream has come back. */
  static final Duration LONGEST_REST = Duration.ofSeconds(30);

  /** A failure so long ago is not in a row with one of now. */
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

  /** How long to wait until it may be done, in nanoseconds; 0 or less where it may be done now. */
  long waitFor(int perMinute, long now) {
    long missing = Math.max(0, fullAt - now) + MINUTE_NANOS / perMinute - MINUTE_NANOS;
    return Math.max(missing, restsUntil - now);
  }

  /** It is done. */
  void take(int perMinute, long now) {
    fullAt = (fullAt - now > 0 ? fullAt : now) + MINUTE_NANOS / perMinute;
  }

  /**
   * It failed. The first failure costs no rest, as connections break; what fails during a rest was
   * begun before it and does not prolong it.
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

  /** Whether a new one would be no different. */
  boolean isIdle(long now) {
    return fullAt - now <= 0
        && restsUntil - now <= 0
        && (failures == 0 || now - restsUntil > FORGOTTEN_NANOS);
  }
}
