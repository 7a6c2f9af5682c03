package io.donna.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the frames of one WebSocket and joins fragments. It accepts masked and unmasked frames: the
 * product's tests check that a peer masks correctly.
 */
final class FrameReader extends ByteToMessageDecoder {
  private final FrameListener listener;
  private byte[] message = {};

  FrameReader(FrameListener listener) {
    this.listener = listener;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 2) {
      return;
    }
    int start = in.readerIndex();
    int second = in.getUnsignedByte(start + 1);
    boolean masked = (second & Frame.MASKED) != 0;
    int shortLength = second & 0x7F;
    int lengthBytes = shortLength < 126 ? 0 : shortLength == 126 ? 2 : 8;
    int header = 2 + lengthBytes + (masked ? 4 : 0);
    if (in.readableBytes() < header) {
      return;
    }
    long length =
        switch (lengthBytes) {
          case 0 -> shortLength;
          case 2 -> in.getUnsignedShort(start + 2);
          default -> in.getLong(start + 2);
        };
    if (length < 0 || length > AudioMessage.MAX_SIZE) {
      throw new IllegalStateException("a frame of " + length + " bytes, which nobody sent");
    }
    if (in.readableBytes() < header + length) {
      return;
    }
    int first = in.getUnsignedByte(start);
    int mask = masked ? in.getInt(start + header - 4) : 0;
    byte[] payload = new byte[(int) length];
    in.skipBytes(header).readBytes(payload);
    if (masked) {
      Frame.applyMask(payload, mask);
    }
    onFrame((first & Frame.FIN) != 0, first & 0x0F, payload);
  }

  private void onFrame(boolean fin, int opcode, byte[] payload) {
    switch (opcode) {
      case Frame.TEXT, Frame.CONTINUATION -> {
        byte[] joined = message.length == 0 ? payload : join(message, payload);
        message = fin ? new byte[0] : joined;
        if (fin) {
          listener.onText(joined);
        }
      }
      case Frame.PING -> listener.onPing(payload);
      case Frame.PONG -> {}
      case Frame.CLOSE -> listener.onClose(closeReason(payload));
      default -> throw new IllegalStateException("a frame of opcode " + opcode);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    listener.onEnd();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    listener.onError(cause);
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }

  private static String closeReason(byte[] payload) {
    if (payload.length < 2) {
      return "no code";
    }
    int code = Short.toUnsignedInt(ByteBuffer.wrap(payload).getShort());
    return (code + " " + new String(payload, 2, payload.length - 2, UTF_8)).strip();
  }
}
