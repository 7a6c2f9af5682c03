package io.donna.gateway.realtime;

import io.netty.buffer.ByteBuf;

/**
 * Passes over bytes that no scanner has to look at one by one, as a message's audio is: eight at a
 * time, mask on. What stands behind them is where a scanner goes on.
 */
final class Skim {
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  private Skim() {}

  /**
   * From {@code from} on, multiples of 8 bytes that are ASCII and stand in a string: no quote, no
   * backslash, no control character.
   *
   * @param wide the mask at {@code from}, twice
   * @return where the first of other bytes is among the next eight, or fewer than eight are left
   */
  static int plainString(ByteBuf in, int from, int to, long wide) {
    int at = from;
    for (int end = to - 32; at <= end; at += 32) {
      long first = in.getLong(at) ^ wide;
      long second = in.getLong(at + 8) ^ wide;
      long third = in.getLong(at + 16) ^ wide;
      long fourth = in.getLong(at + 24) ^ wide;
      if (((marks(first) | marks(second) | marks(third) | marks(fourth)) & HIGH_BITS) != 0) {
        break;
      }
    }
    for (int end = to - 8; at <= end; at += 8) {
      if ((marks(in.getLong(at) ^ wide) & HIGH_BITS) != 0) {
        break;
      }
    }
    return at;
  }

  /** As {@link #plainString}, of anything that is ASCII. */
  static int ascii(ByteBuf in, int from, int to, long wide) {
    int at = from;
    while (at + 8 <= to && ((in.getLong(at) ^ wide) & HIGH_BITS) == 0) {
      at += 8;
    }
    return at;
  }

  /**
   * Has a high bit set if any of the eight bytes is a quote, a backslash, a control character or
   * not ASCII. Of ASCII, subtracting borrows only from behind a byte that is marked already.
   */
  private static long marks(long bytes) {
    return ((bytes ^ QUOTES) - ONES) | ((bytes ^ BACKSLASHES) - ONES) | (bytes - SPACES) | bytes;
  }
}
