package io.donna.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A text frame built once and sent many times; only the stamp differs. The load's core is not what
 * is measured, but a load that is late measures nothing. Immutable.
 */
final class FrameTemplate {
  private final byte[] frame;
  private final int stampAt;
  private final int stampMask;

  private FrameTemplate(byte[] frame, AudioMessage message, int mask) {
    int payloadAt = frame.length - message.text().length;
    this.frame = frame;
    this.stampAt = payloadAt + message.stampAt();
    // The stamp starts in the middle of the mask's four bytes: turn the mask to begin there.
    this.stampMask = Integer.rotateLeft(mask, 8 * (message.stampAt() & 3));
  }

  static FrameTemplate masked(AudioMessage message, int mask) {
    return new FrameTemplate(Frame.masked(Frame.TEXT, message.text(), mask), message, mask);
  }

  static FrameTemplate unmasked(AudioMessage message) {
    return new FrameTemplate(Frame.unmasked(Frame.TEXT, message.text()), message, 0);
  }

  /** A frame of its own, which the caller hands on or releases. */
  ByteBuf stamped(Stamp stamp, ByteBufAllocator allocator) {
    byte[] digits = stamp.ascii();
    Frame.applyMask(digits, stampMask);
    return allocator.directBuffer(frame.length).writeBytes(frame).setBytes(stampAt, digits);
  }
}
