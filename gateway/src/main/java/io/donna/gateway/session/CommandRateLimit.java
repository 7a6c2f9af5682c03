package io.donna.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * Counts what a client can order as often as it likes, and allows so much of it in a minute.
 * Confined to the session's event loop.
 */
final class CommandRateLimit {
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final int most;
  private long windowBegan = System.nanoTime();
  private int count;

  CommandRateLimit(int most) {
    this.most = most;
  }

  /** Whether one more is all right. */
  boolean allow() {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      count = 0;
    }
    return ++count <= most;
  }
}
