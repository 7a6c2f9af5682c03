package io.donna.gateway.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.DoubleSupplier;

/** How much a counter has grown in the last minute, by looking at it each second. */
final class MinuteIncrease {
  private static final int LOOKS = 60;

  private final DoubleSupplier counter;
  private final Deque<Double> seen = new ArrayDeque<>();

  MinuteIncrease(DoubleSupplier counter) {
    this.counter = counter;
  }

  /** Looks at the counter; returns its growth since the look of a minute ago, or the first. */
  double look() {
    double now = counter.getAsDouble();
    seen.addLast(now);
    if (seen.size() > LOOKS + 1) {
      seen.removeFirst();
    }
    return now - seen.getFirst();
  }
}
