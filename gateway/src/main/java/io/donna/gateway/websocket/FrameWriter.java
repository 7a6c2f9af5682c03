package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.security.SecureRandom;
import java.util.function.Consumer;

/** Writes frames (RFC 6455, 5.2) with the shortest length encoding, masked in the client role. */
final class FrameWriter {
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;

  /** RFC 6455, 10.3: masks must not be predictable. */
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Role role;

  FrameWriter(Role role) {
    this.role = role;
  }

  ByteBuf text(ByteBufAllocator allocator, String text) {
    int length = ByteBufUtil.utf8Bytes(text);
    return frame(
        allocator, Opcode.TEXT, length, out -> ByteBufUtil.reserveAndWriteUtf8(out, text, length));
  }

  ByteBuf text(ByteBufAllocator allocator, byte[] utf8) {
    return frame(allocator, Opcode.TEXT, utf8.length, out -> out.writeBytes(utf8));
  }

  ByteBuf close(ByteBufAllocator allocator, CloseReason reason) {
    return frame(allocator, Opcode.CLOSE, reason.payloadLength(), reason::writeTo);
  }

  ByteBuf ping(ByteBufAllocator allocator) {
    return frame(allocator, Opcode.PING, 0, out -> {});
  }

  ByteBuf pong(ByteBufAllocator allocator, byte[] payload) {
    return frame(allocator, Opcode.PONG, payload.length, out -> out.writeBytes(payload));
  }

  /**
   * Copies a message's frames under fresh masks. A client that chose both mask and payload would
   * choose the bytes on the wire (RFC 6455, 10.3).
   */
  ByteBuf remask(ByteBufAllocator allocator, ByteBuf wire, int index, int length) {
    ByteBuf copy = allocator.buffer(length, length).writeBytes(wire, index, length);
    for (FrameCursor frame = new FrameCursor(copy, 0, length); frame.next(); ) {
      int fresh = RANDOM.nextInt();
      copy.setInt(frame.payload() - Integer.BYTES, fresh);
      Masks.apply(copy, frame.payload(), frame.end(), frame.mask() ^ fresh);
    }
    return copy;
  }

  private ByteBuf frame(
      ByteBufAllocator allocator, int opcode, int length, Consumer<ByteBuf> payload) {
    ByteBuf out = allocator.buffer(14 + length);
    int maskBit = role == Role.CLIENT ? MASKED : 0;
    out.writeByte(FIN | opcode);
    if (length < 126) {
      out.writeByte(maskBit | length);
    } else if (length <= 0xFFFF) {
      out.writeByte(maskBit | 126).writeShort(length);
    } else {
      out.writeByte(maskBit | 127).writeLong(length);
    }
    if (role == Role.SERVER) {
      payload.accept(out);
      return out;
    }
    int mask = RANDOM.nextInt();
    out.writeInt(mask);
    int from = out.writerIndex();
    payload.accept(out);
    Masks.apply(out, from, out.writerIndex(), mask);
    return out;
  }
}
