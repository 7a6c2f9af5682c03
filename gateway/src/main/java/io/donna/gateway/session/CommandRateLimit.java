package io.donna.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * Limits how often a client may cause an expensive operation, per minute. Confined to the session's
 * event loop.
 */
final class CommandRateLimit {
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final int most;
  private long windowBegan = System.nanoTime();
  private int count;

  CommandRateLimit(int most) {
    this.most = most;
  }

  /** Counts one operation; whether it is within the limit. */
  boolean allow() {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      count = 0;
    }
    return ++count <= most;
  }
}
