package io.donna.gateway.faults;

import java.util.concurrent.atomic.LongAdder;

/**
 * How fast all sessions of a soak are to talk, and how much they have said. Safe from any thread.
 */
final class Pace {
  private final LongAdder delivered = new LongAdder();
  private volatile long intervalNanos;

  /**
   * From now on each side of each session sends one message in this time; 0 is as fast as it can.
   */
  void setIntervalNanos(long nanos) {
    intervalNanos = nanos;
  }

  long intervalNanos() {
    return intervalNanos;
  }

  /** One more message has arrived as it was sent. */
  void count() {
    delivered.increment();
  }

  long delivered() {
    return delivered.sum();
  }
}
