package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A frame put together bit by bit, right or wrong, without the code under test. */
public final class RawFrame {
  private int first;
  private int lengthBytes;
  private long length;
  private boolean masked;
  private int mask;
  private final byte[] payload;

  private RawFrame(int opcode, byte[] payload) {
    this.first = 0x80 | opcode;
    this.payload = payload;
    this.length = payload.length;
    this.lengthBytes = payload.length < 126 ? 0 : payload.length <= 0xFFFF ? 2 : 8;
  }

  public static RawFrame of(int opcode, byte[] payload) {
    return new RawFrame(opcode, payload);
  }

  public static RawFrame text(String text) {
    return of(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame text(byte[] payload) {
    return of(Opcode.TEXT, payload);
  }

  public static RawFrame binary(int size) {
    byte[] payload = new byte[size];
    for (int i = 0; i < size; i++) {
      payload[i] = (byte) (i * 31 + 7);
    }
    return of(Opcode.BINARY, payload);
  }

  public static RawFrame continuation(byte[] payload) {
    return of(Opcode.CONTINUATION, payload);
  }

  public static RawFrame continuation(String text) {
    return continuation(text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame ping(String text) {
    return of(Opcode.PING, text.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame close() {
    return of(Opcode.CLOSE, new byte[0]);
  }

  public static RawFrame close(int code, String reason) {
    return close(code, reason.getBytes(StandardCharsets.UTF_8));
  }

  public static RawFrame close(int code, byte[] reason) {
    ByteBuf payload = Unpooled.buffer().writeShort(code).writeBytes(reason);
    return of(Opcode.CLOSE, ByteBufUtil.getBytes(payload));
  }

  public RawFrame unfinished() {
    first &= 0x7F;
    return this;
  }

  public RawFrame reserved(int bits) {
    first |= bits;
    return this;
  }

  public RawFrame masked(int key) {
    masked = true;
    mask = key;
    return this;
  }

  /** As the peer of {@code role} has to send it. */
  public RawFrame towards(Role role) {
    return role == Role.SERVER ? masked(0x9A3C5EF0) : this;
  }

  public RawFrame lengthIn(int bytes) {
    lengthBytes = bytes;
    return this;
  }

  /** Lies about the payload's length. */
  public RawFrame declaring(long bytes) {
    length = bytes;
    lengthBytes = 8;
    return this;
  }

  public byte[] bytes() {
    ByteBuf out = Unpooled.buffer();
    int maskBit = masked ? 0x80 : 0;
    out.writeByte(first);
    switch (lengthBytes) {
      case 0 -> out.writeByte(maskBit | (int) length);
      case 2 -> out.writeByte(maskBit | 126).writeShort((int) length);
      default -> out.writeByte(maskBit | 127).writeLong(length);
    }
    if (masked) {
      out.writeInt(mask);
    }
    for (int i = 0; i < payload.length; i++) {
      out.writeByte(masked ? payload[i] ^ (mask >>> (24 - 8 * (i % 4))) : payload[i]);
    }
    return ByteBufUtil.getBytes(out);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  public static byte[] join(Role role, RawFrame... frames) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (RawFrame frame : frames) {
      joined.writeBytes(frame.towards(role).bytes());
    }
    return joined.toByteArray();
  }
}
