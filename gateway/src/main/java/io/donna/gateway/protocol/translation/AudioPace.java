package io.donna.gateway.protocol.translation;

import java.util.function.LongSupplier;

/**
 * Holds a client's speech to a little more than real time: a bucket of ten seconds that refills by
 * 1.2 seconds a second. Who sends faster would buy more than is checked between two charges.
 * Confined to the session's event loop.
 */
final class AudioPace {
  private static final long BURST_MICROS = 10_000_000;

  /** Thousandths of a microsecond of speech for each nanosecond of time: 1.2 times real time. */
  private static final double MICROS_PER_NANO = 1.2 / 1_000;

  private final LongSupplier nanoTime;
  private double left = BURST_MICROS;
  private long before;

  AudioPace(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.before = nanoTime.getAsLong();
  }

  /** Takes speech of this length; false if it comes too fast. */
  boolean take(long micros) {
    long now = nanoTime.getAsLong();
    left = Math.min(BURST_MICROS, left + (now - before) * MICROS_PER_NANO);
    before = now;
    if (micros > left) {
      return false;
    }
    left -= micros;
    return true;
  }
}
