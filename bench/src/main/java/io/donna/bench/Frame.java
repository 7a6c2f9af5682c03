package io.donna.bench;

import java.nio.ByteBuffer;

/** Writes unfragmented WebSocket frames (RFC 6455, 5.2). */
final class Frame {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;

  static final int FIN = 0x80;
  static final int MASKED = 0x80;

  private static final int MASK_LENGTH = 4;

  private Frame() {}

  /** A frame as a server sends it. */
  static byte[] unmasked(int opcode, byte[] payload) {
    return header(opcode, payload.length, 0, 0).put(payload).array();
  }

  /** A frame as a client sends it. The first byte of {@code mask} is its highest. */
  static byte[] masked(int opcode, byte[] payload, int mask) {
    byte[] body = payload.clone();
    applyMask(body, mask);
    return header(opcode, payload.length, MASKED, MASK_LENGTH).putInt(mask).put(body).array();
  }

  /**
   * Masks or unmasks in place, which are the same operation. The mask starts at {@code bytes[0]}.
   */
  static void applyMask(byte[] bytes, int mask) {
    // Eight bytes a step: unmasking byte by byte would make the load the bottleneck.
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long wide = ((long) mask << 32) | (mask & 0xFFFFFFFFL);
    int whole = bytes.length & ~7;
    for (int i = 0; i < whole; i += 8) {
      buffer.putLong(i, buffer.getLong(i) ^ wide);
    }
    for (int i = whole; i < bytes.length; i++) {
      bytes[i] ^= (byte) (mask >>> (24 - 8 * (i & 3)));
    }
  }

  /** The payload of a close frame: code 1000 without a reason. */
  static byte[] normalClosure() {
    return ByteBuffer.allocate(2).putShort((short) 1000).array();
  }

  private static ByteBuffer header(int opcode, int length, int maskBit, int maskLength) {
    int lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    ByteBuffer frame = ByteBuffer.allocate(2 + lengthBytes + maskLength + length);
    frame.put((byte) (FIN | opcode));
    switch (lengthBytes) {
      case 0 -> frame.put((byte) (maskBit | length));
      case 2 -> frame.put((byte) (maskBit | 126)).putShort((short) length);
      default -> frame.put((byte) (maskBit | 127)).putLong(length);
    }
    return frame;
  }
}
