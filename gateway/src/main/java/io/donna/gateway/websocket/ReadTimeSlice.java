package io.donna.gateway.websocket;

import io.netty.util.concurrent.Ticker;

/**
 * Limits a peer's share of one turn of its event loop. A single read can hold more work than the
 * loop does in a second: nine thousand messages in 64 KiB. Confined to its leg's event loop.
 *
 * <p>The clock is read once in {@value #UNITS_PER_CHECK} units, a unit being a frame or 4 KiB, and
 * for each large frame after the first: for a read that holds one message of audio it is not read
 * at all.
 */
final class ReadTimeSlice {
  /** Units in a turn: frames and 4 KiB pieces. */
  static final int MAX_UNITS = 1_024;

  /** A turn's time, to within one reading of the clock: a megabyte of audio takes less. */
  static final long MAX_NANOS = 500_000;

  private static final int UNITS_PER_CHECK = 16;
  private static final int BYTES_PER_UNIT_SHIFT = 12;

  /**
   * In bytes. A large frame may hold thousands of values that inspectors examine, so the clock is
   * read for the second large frame in a turn and each after it.
   */
  private static final int LARGE_FRAME = 1024;

  private final Ticker clock;
  private int units;
  private int unitsAtNextCheck = UNITS_PER_CHECK;
  private int largeFrames;

  private boolean started;

  /** When the clock was first read in this turn. */
  private long begun;

  private boolean usedUp;

  ReadTimeSlice(Ticker clock) {
    this.clock = clock;
  }

  /** Begins another turn. */
  void renew() {
    units = 0;
    unitsAtNextCheck = UNITS_PER_CHECK;
    largeFrames = 0;
    started = false;
    usedUp = false;
  }

  boolean isUsedUp() {
    return usedUp;
  }

  /** Charges a frame of {@code bytes} in all, before it is processed. */
  void spendFrame(int bytes) {
    if (bytes >= LARGE_FRAME && ++largeFrames > 1) {
      unitsAtNextCheck = units;
    }
    spend(1);
  }

  /** Charges {@code count} received bytes, all of which are examined, whatever they are. */
  void spendBytes(int count) {
    spend(count >> BYTES_PER_UNIT_SHIFT);
  }

  private void spend(int more) {
    units += more;
    if (units >= unitsAtNextCheck) {
      checkClock();
    }
  }

  private void checkClock() {
    long now = clock.nanoTime();
    if (!started) {
      started = true;
      begun = now;
    }
    usedUp = units >= MAX_UNITS || now - begun >= MAX_NANOS;
    unitsAtNextCheck = units + UNITS_PER_CHECK;
  }
}
