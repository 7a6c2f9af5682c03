package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;

/** Validates that a text message is UTF-8 (RFC 3629; RFC 6455, 8.1), and nothing else. */
public final class Utf8Inspector implements PayloadInspector {
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final Utf8Decoder utf8 = new Utf8Decoder();

  @Override
  public void begin() {
    utf8.reset();
  }

  @Override
  public boolean inspect(ByteBuf in, int from, int to, int mask) {
    int at = from;
    int key = mask;
    while (at < to) {
      if (utf8.atBoundary()) {
        // ASCII, as base64 audio and JSON mostly are: 8 bytes a step.
        long wide = Masks.widen(key);
        while (at + 8 <= to && ((in.getLong(at) ^ wide) & HIGH_BITS) == 0) {
          at += 8;
        }
        if (at == to) {
          return true;
        }
      }
      // Up to 8 bytes one by one: a non-ASCII code point, or the last few.
      int end = Math.min(at + 8, to);
      while (at < end) {
        if (!utf8.accept(in.getByte(at++) ^ (key >>> 24))) {
          return false;
        }
        key = Integer.rotateLeft(key, 8);
      }
    }
    return true;
  }

  @Override
  public boolean end() {
    return utf8.atBoundary();
  }
}
