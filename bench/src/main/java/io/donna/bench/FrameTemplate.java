package io.donna.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A text frame that is built once and sent many times with different stamps. The load's core is not
 * measured, but a load that falls behind makes the measurement invalid. Immutable.
 */
final class FrameTemplate {
  private final byte[] frame;
  private final int stampAt;
  private final int stampMask;

  private FrameTemplate(byte[] frame, AudioMessage message, int mask) {
    int payloadAt = frame.length - message.text().length;
    this.frame = frame;
    this.stampAt = payloadAt + message.stampAt();
    // The stamp may start in the middle of the mask's four bytes: rotate the mask to start there.
    this.stampMask = Integer.rotateLeft(mask, 8 * (message.stampAt() & 3));
  }

  static FrameTemplate masked(AudioMessage message, int mask) {
    return new FrameTemplate(Frame.masked(Frame.TEXT, message.text(), mask), message, mask);
  }

  static FrameTemplate unmasked(AudioMessage message) {
    return new FrameTemplate(Frame.unmasked(Frame.TEXT, message.text()), message, 0);
  }

  /** A copy of the frame with that stamp. The caller must write or release it. */
  ByteBuf stamped(Stamp stamp, ByteBufAllocator allocator) {
    byte[] digits = stamp.ascii();
    Frame.applyMask(digits, stampMask);
    return allocator.directBuffer(frame.length).writeBytes(frame).setBytes(stampAt, digits);
  }
}
