package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;

/** Masking (RFC 6455, 5.3). The same operation applies and removes a mask. */
public final class Masks {
  private Masks() {}

  /** The 4-byte mask twice, to mask eight bytes at once. */
  public static long widen(int mask) {
    return ((long) mask << 32) | (mask & 0xFFFFFFFFL);
  }

  /** Masks the bytes {@code [from, to)} of {@code bytes} in place. */
  static void apply(byte[] bytes, int from, int to, int mask) {
    for (int at = from, key = mask; at < to; at++, key = Integer.rotateLeft(key, 8)) {
      bytes[at] ^= (byte) (key >>> 24);
    }
  }

  /** Masks the bytes {@code [from, to)} of {@code buffer} in place. */
  static void apply(ByteBuf buffer, int from, int to, int mask) {
    int at = from;
    long wide = widen(mask);
    for (; at + 8 <= to; at += 8) {
      buffer.setLong(at, buffer.getLong(at) ^ wide);
    }
    for (int key = mask; at < to; at++, key = Integer.rotateLeft(key, 8)) {
      buffer.setByte(at, buffer.getByte(at) ^ (key >>> 24));
    }
  }
}
