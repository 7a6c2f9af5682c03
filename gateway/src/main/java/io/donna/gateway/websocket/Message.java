package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * A complete message as received: the bytes of its frames, headers and masks included. One object
 * for each leg, pointed at each message in turn: valid during the call that delivers it.
 */
public final class Message {
  private ByteBuf wire = Unpooled.EMPTY_BUFFER;
  private int index;
  private int length;
  private boolean text;

  Message pointAt(ByteBuf wire, int index, int length, boolean text) {
    this.wire = wire;
    this.index = index;
    this.length = length;
    this.text = text;
    return this;
  }

  public boolean isText() {
    return text;
  }

  /** The length on the wire, in bytes. */
  public int length() {
    return length;
  }

  /** The frames as received, sharing their memory; the caller releases it. */
  public ByteBuf retainedWire() {
    return wire.retainedSlice(index, length);
  }

  /** The same message, sharing its memory, readable by any thread until it is released. */
  public Message retained() {
    return new Message().pointAt(retainedWire(), 0, length, text);
  }

  /** Releases the memory of a message that was {@link #retained}. */
  public void release() {
    wire.release();
    wire = Unpooled.EMPTY_BUFFER;
  }

  /** Appends the frames as received to {@code out}. */
  public void copyTo(ByteBuf out) {
    out.writeBytes(wire, index, length);
  }

  /** The unmasked payload of all frames, as a copy. */
  public byte[] payload() {
    byte[] joined = new byte[length];
    int at = 0;
    for (FrameCursor frame = new FrameCursor(wire, index, length); frame.next(); ) {
      int size = frame.end() - frame.payload();
      wire.getBytes(frame.payload(), joined, at, size);
      Masks.apply(joined, at, at + size, frame.mask());
      at += size;
    }
    return Arrays.copyOf(joined, at);
  }

  /**
   * Passes the payload of all frames to {@code inspector} in place. Returns false if it is not
   * valid UTF-8.
   */
  public boolean inspect(PayloadInspector inspector) {
    inspector.begin();
    for (FrameCursor frame = new FrameCursor(wire, index, length); frame.next(); ) {
      if (!inspector.inspect(wire, frame.payload(), frame.end(), frame.mask())) {
        return false;
      }
    }
    return inspector.end();
  }

  /** The unmasked bytes {@code [from, to)} of the payload, as a copy. */
  public byte[] payload(int from, int to) {
    byte[] part = new byte[to - from];
    int start = 0;
    for (FrameCursor frame = new FrameCursor(wire, index, length); frame.next(); ) {
      int size = frame.end() - frame.payload();
      int first = Math.max(from - start, 0);
      int last = Math.min(to - start, size);
      if (first < last) {
        int at = start + first - from;
        wire.getBytes(frame.payload() + first, part, at, last - first);
        int mask = Integer.rotateLeft(frame.mask(), 8 * (first & 3));
        Masks.apply(part, at, at + last - first, mask);
      }
      start += size;
    }
    return part;
  }
}
