package io.donna.gateway.event;

import io.netty.buffer.ByteBuf;

/**
 * Skips bytes that a scanner need not examine one by one, such as a message's audio: eight at a
 * time, still masked. The scanner continues at the returned index.
 */
final class Skim {
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  private Skim() {}

  /**
   * Skips multiples of 8 plain string bytes from {@code from}: ASCII, and no quote, backslash or
   * control character.
   *
   * @param wide the mask at {@code from}, twice
   * @return the index at which another byte is among the next eight, or fewer than eight are left
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

  /** As {@link #plainString}, for any ASCII bytes. */
  static int ascii(ByteBuf in, int from, int to, long wide) {
    int at = from;
    while (at + 8 <= to && ((in.getLong(at) ^ wide) & HIGH_BITS) == 0) {
      at += 8;
    }
    return at;
  }

  /**
   * Has a high bit set if any of the eight bytes is a quote, a backslash, a control character or
   * not ASCII. For ASCII bytes, the subtraction borrows only beyond a byte that is marked already.
   */
  private static long marks(long bytes) {
    return ((bytes ^ QUOTES) - ONES) | ((bytes ^ BACKSLASHES) - ONES) | (bytes - SPACES) | bytes;
  }
}
