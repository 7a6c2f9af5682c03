package io.donna.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * How often a session's token may be renewed. Verifying one is work that a client must not be able
 * to order from the event loop as it likes. Confined to the session's event loop.
 */
final class Renewals {
  private static final int MOST = 10;
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private long windowBegan = System.nanoTime();
  private int count;

  /** Whether one more is all right. */
  boolean allow() {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      count = 0;
    }
    return ++count <= MOST;
  }
}
