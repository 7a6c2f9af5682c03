package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Parses frames (RFC 6455, 5) in place: copies, unmasks and allocates nothing. Validates a header
 * as soon as it is complete, and text as it arrives. Confined to its leg's event loop.
 *
 * <pre>{@code
 * while (parser.parse(in) == Step.FRAME) {
 *   ... in.readerIndex(), parser.frameLength() ...
 *   parser.skip(in);
 * }
 * }</pre>
 */
final class FrameParser {
  enum Step {
    /** A complete frame begins at the reader index. */
    FRAME,
    /** The frame is not complete yet. */
    MORE,
    /**
     * The peer violated the protocol; {@link #violation()} says how. Nothing after it is parsed.
     */
    VIOLATION
  }

  private static final int MAX_CONTROL_PAYLOAD = 125;

  private final boolean peerMasks;
  private int maxMessageBytes;
  private PayloadInspector inspector;
  private PayloadInspector nextInspector;

  private int headerLength;
  private int payloadLength;
  private int inspected;
  private int opcode;
  private boolean fin;
  private int mask;

  private boolean inMessage;
  private boolean text;
  private long messageBytes;
  private CloseReason violation = CloseReason.lost();

  /**
   * @param role this end's role: a server's peer must mask, a client's must not
   * @param maxMessageBytes the largest payload of one message, over all its fragments
   */
  FrameParser(Role role, int maxMessageBytes, PayloadInspector inspector) {
    this.peerMasks = role == Role.SERVER;
    this.maxMessageBytes = maxMessageBytes;
    this.inspector = inspector;
    this.nextInspector = inspector;
  }

  /** The largest payload of one message, in bytes. */
  int maxMessageBytes() {
    return maxMessageBytes;
  }

  /** Sets the largest payload of a message, from the next frame header on. */
  void setMaxMessageBytes(int bytes) {
    maxMessageBytes = bytes;
  }

  /** Sets the inspector of text, from the next message on. */
  void setInspector(PayloadInspector next) {
    nextInspector = next;
  }

  /** Parses the frame at {@code in}'s reader index, which does not move. */
  Step parse(ByteBuf in) {
    if (headerLength == 0) {
      Step header = parseHeader(in);
      if (header != Step.FRAME) {
        return header;
      }
    }
    int arrived = Math.min(in.readableBytes() - headerLength, payloadLength);
    if (text && opcode <= Opcode.BINARY && !inspectUpTo(in, arrived)) {
      return violation(CloseReason.INVALID_DATA, "text is not valid UTF-8");
    }
    if (arrived < payloadLength) {
      return Step.MORE;
    }
    if (opcode == Opcode.CLOSE) {
      return checkClose(in);
    }
    return Step.FRAME;
  }

  /** Moves {@code in} past the frame that {@link #parse} found. */
  void skip(ByteBuf in) {
    in.skipBytes(frameLength());
    headerLength = 0;
    if (fin && !isControl()) {
      inMessage = false;
    }
  }

  boolean isControl() {
    return Opcode.isControl(opcode);
  }

  int opcode() {
    return opcode;
  }

  /** Whether this data frame is a whole message by itself. */
  boolean isWholeMessage() {
    return fin && opcode != Opcode.CONTINUATION;
  }

  boolean isFinal() {
    return fin;
  }

  /** Whether the message that this data frame belongs to is text. */
  boolean isText() {
    return text;
  }

  /** Header and payload, in bytes. */
  int frameLength() {
    return headerLength + payloadLength;
  }

  CloseReason violation() {
    return violation;
  }

  /** The reason in the close frame at the reader index; valid if {@link #parse} found one. */
  CloseReason closeReason(ByteBuf in) {
    if (payloadLength == 0) {
      return new CloseReason(CloseReason.NO_CODE, "");
    }
    byte[] payload = unmaskedPayload(in);
    int code = ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
    return new CloseReason(
        code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
  }

  byte[] unmaskedPayload(ByteBuf in) {
    byte[] payload = new byte[payloadLength];
    in.getBytes(in.readerIndex() + headerLength, payload);
    Masks.apply(payload, 0, payload.length, mask);
    return payload;
  }

  /** Returns FRAME if the header is complete and valid. */
  private Step parseHeader(ByteBuf in) {
    if (in.readableBytes() < 2) {
      return Step.MORE;
    }
    int start = in.readerIndex();
    int first = in.getUnsignedByte(start);
    int second = in.getUnsignedByte(start + 1);
    opcode = first & 0xF;
    fin = (first & 0x80) != 0;
    if ((first & 0x70) != 0) {
      return violation(CloseReason.PROTOCOL_ERROR, "reserved bits are set");
    }
    if (!Opcode.isKnown(opcode)) {
      return violation(CloseReason.PROTOCOL_ERROR, "reserved opcode");
    }
    boolean masked = (second & 0x80) != 0;
    if (masked != peerMasks) {
      return violation(
          CloseReason.PROTOCOL_ERROR,
          peerMasks ? "a client's frames must be masked" : "a server's frames must not be masked");
    }
    int lengthCode = second & 0x7F;
    int lengthBytes = lengthCode < 126 ? 0 : lengthCode == 126 ? 2 : 8;
    if (isControl() && (!fin || lengthBytes > 0)) {
      return violation(
          CloseReason.PROTOCOL_ERROR,
          fin
              ? "control frame above " + MAX_CONTROL_PAYLOAD + " bytes"
              : "fragmented control frame");
    }
    if (!isControl() && inMessage != (opcode == Opcode.CONTINUATION)) {
      return violation(
          CloseReason.PROTOCOL_ERROR,
          inMessage ? "a new message inside a fragmented one" : "continuation of no message");
    }
    if (in.readableBytes() < 2 + lengthBytes) {
      return Step.MORE;
    }
    long length =
        switch (lengthBytes) {
          case 0 -> lengthCode;
          case 2 -> in.getUnsignedShort(start + 2);
          default -> in.getLong(start + 2);
        };
    if ((lengthBytes == 2 && length < 126) || (lengthBytes == 8 && length >>> 16 == 0)) {
      return violation(CloseReason.PROTOCOL_ERROR, "length not in its shortest form");
    }
    if (length < 0) {
      return violation(CloseReason.PROTOCOL_ERROR, "length above 2^63");
    }
    long before = opcode == Opcode.CONTINUATION ? messageBytes : 0;
    // By subtraction, because the sum may overflow.
    if (!isControl() && length > maxMessageBytes - before) {
      return violation(CloseReason.TOO_BIG, "message above " + maxMessageBytes + " bytes");
    }
    int complete = 2 + lengthBytes + (peerMasks ? 4 : 0);
    if (in.readableBytes() < complete) {
      return Step.MORE;
    }
    headerLength = complete;
    payloadLength = (int) length;
    inspected = 0;
    mask = peerMasks ? in.getInt(start + complete - 4) : 0;
    if (!isControl()) {
      beginDataFrame(before + length);
    }
    return Step.FRAME;
  }

  private void beginDataFrame(long ofMessage) {
    messageBytes = ofMessage;
    if (opcode != Opcode.CONTINUATION) {
      inMessage = true;
      text = opcode == Opcode.TEXT;
      inspector = nextInspector;
      if (text) {
        inspector.begin();
      }
    }
  }

  private boolean inspectUpTo(ByteBuf in, int arrived) {
    int payload = in.readerIndex() + headerLength;
    int from = inspected;
    inspected = arrived;
    return inspector.inspect(
            in, payload + from, payload + arrived, Integer.rotateLeft(mask, 8 * (from & 3)))
        && (!fin || arrived < payloadLength || inspector.end());
  }

  private Step checkClose(ByteBuf in) {
    if (payloadLength == 0) {
      return Step.FRAME;
    }
    if (payloadLength == 1) {
      return violation(CloseReason.PROTOCOL_ERROR, "close frame of one byte");
    }
    byte[] payload = unmaskedPayload(in);
    int code = ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
    if (!CloseReason.isSendable(code)) {
      return violation(CloseReason.PROTOCOL_ERROR, "close code " + code + " may not be sent");
    }
    Utf8Decoder utf8 = new Utf8Decoder();
    for (int i = 2; i < payload.length; i++) {
      if (!utf8.accept(payload[i])) {
        return violation(CloseReason.INVALID_DATA, "close reason is not valid UTF-8");
      }
    }
    return utf8.atBoundary()
        ? Step.FRAME
        : violation(CloseReason.INVALID_DATA, "close reason is not valid UTF-8");
  }

  private Step violation(int code, String text) {
    violation = new CloseReason(code, text);
    return Step.VIOLATION;
  }
}
