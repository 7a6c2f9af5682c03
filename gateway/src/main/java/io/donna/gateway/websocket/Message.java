package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * A whole message as it came over the wire: the bytes of its frames, headers and masks included.
 * One object a leg, pointed at each message in turn: valid during the call that hands it over.
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

  /** Bytes on the wire. */
  public int length() {
    return length;
  }

  /** The frames as they came, sharing their memory; the caller releases it. */
  public ByteBuf retainedWire() {
    return wire.retainedSlice(index, length);
  }

  /** The same message, sharing its memory, to be read by any thread until it is released. */
  public Message retained() {
    return new Message().pointAt(retainedWire(), 0, length, text);
  }

  /** Lets go of the memory of one that was {@link #retained}. */
  public void release() {
    wire.release();
    wire = Unpooled.EMPTY_BUFFER;
  }

  /** Copies the frames as they came to the end of {@code out}. */
  public void copyTo(ByteBuf out) {
    out.writeBytes(wire, index, length);
  }

  /** The payload of all frames, unmasked, in memory of its own. */
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
   * Has {@code inspector} read the payload of all frames where it lies; false where it is no UTF-8.
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

  /** A part of that: the bytes {@code [from, to)} of the payload. */
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
