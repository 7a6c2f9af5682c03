package io.donna.gateway.websocket;

import io.netty.util.concurrent.Ticker;

/**
 * How much of one turn of its event loop a peer may have. A peer can send more work in a single
 * read than the loop does in a second: 64 KiB hold nine thousand messages. Confined to its leg's
 * event loop.
 *
 * <p>The clock is read once in {@value #UNITS_A_LOOK} units, a unit being a frame or 4 KiB, and for
 * each large frame but the first: a read that holds one message of voice does not read it at all.
 */
final class ReadBudget {
  /** Frames and pieces of 4 KiB in a turn. */
  static final int MAX_UNITS = 1_024;

  /** A turn's time, within one look: a megabyte of voice takes less. */
  static final long MAX_NANOS = 500_000;

  private static final int UNITS_A_LOOK = 16;
  private static final int BYTES_A_UNIT_SHIFT = 12;

  /**
   * A frame of so many bytes may hold thousands of values, each of which inspectors look at: of two
   * in a turn the clock is read for the second, and for every one from then on.
   */
  private static final int LARGE_FRAME = 1024;

  private final Ticker clock;
  private int units;
  private int unitsAtNextLook = UNITS_A_LOOK;
  private int largeFrames;

  private boolean looked;

  /** When the clock was first read in this turn. */
  private long begun;

  private boolean usedUp;

  ReadBudget(Ticker clock) {
    this.clock = clock;
  }

  /** Another turn begins. */
  void renew() {
    units = 0;
    unitsAtNextLook = UNITS_A_LOOK;
    largeFrames = 0;
    looked = false;
    usedUp = false;
  }

  boolean isUsedUp() {
    return usedUp;
  }

  /** A frame is about to be handled, of {@code bytes} in all. */
  void spendFrame(int bytes) {
    if (bytes >= LARGE_FRAME && ++largeFrames > 1) {
      unitsAtNextLook = units;
    }
    spend(1);
  }

  /** {@code count} bytes have arrived, which are all looked at, whatever they are. */
  void spendBytes(int count) {
    spend(count >> BYTES_A_UNIT_SHIFT);
  }

  private void spend(int more) {
    units += more;
    if (units >= unitsAtNextLook) {
      look();
    }
  }

  private void look() {
    long now = clock.nanoTime();
    if (!looked) {
      looked = true;
      begun = now;
    }
    usedUp = units >= MAX_UNITS || now - begun >= MAX_NANOS;
    unitsAtNextLook = units + UNITS_A_LOOK;
  }
}
