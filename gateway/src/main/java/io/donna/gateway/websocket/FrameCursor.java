package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;

/** Iterates over the frames of a message that a {@link FrameParser} has already validated. */
final class FrameCursor {
  private final ByteBuf wire;
  private final int limit;
  private int payload;
  private int end;
  private int mask;

  FrameCursor(ByteBuf wire, int index, int length) {
    this.wire = wire;
    this.limit = index + length;
    this.end = index;
  }

  boolean next() {
    if (end >= limit) {
      return false;
    }
    int second = wire.getUnsignedByte(end + 1);
    boolean masked = (second & 0x80) != 0;
    int code = second & 0x7F;
    int start = end + (code < 126 ? 2 : code == 126 ? 4 : 10);
    int length =
        code < 126
            ? code
            : code == 126 ? wire.getUnsignedShort(end + 2) : (int) wire.getLong(end + 2);
    mask = masked ? wire.getInt(start) : 0;
    payload = masked ? start + Integer.BYTES : start;
    end = payload + length;
    return true;
  }

  /** The index of the payload's first byte. */
  int payload() {
    return payload;
  }

  /** The index after the payload's last byte. */
  int end() {
    return end;
  }

  /** The payload's mask; 0 if there is none. */
  int mask() {
    return mask;
  }
}
