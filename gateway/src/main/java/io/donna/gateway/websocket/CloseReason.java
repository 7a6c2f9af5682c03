package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Why a WebSocket ended: a close code (RFC 6455, 7.4) and a reason of at most 123 bytes of UTF-8. A
 * longer reason is cut at a code point.
 */
public record CloseReason(int code, String text) {
  public static final int NORMAL = 1000;
  public static final int GOING_AWAY = 1001;
  public static final int PROTOCOL_ERROR = 1002;

  /** Never sent: the peer's close frame named no code. */
  public static final int NO_CODE = 1005;

  /** Never sent: the connection was lost without a close frame. */
  public static final int ABNORMAL = 1006;

  public static final int INVALID_DATA = 1007;
  public static final int POLICY = 1008;
  public static final int TOO_BIG = 1009;
  public static final int INTERNAL_ERROR = 1011;
  public static final int OVERLOADED = 1013;

  private static final int MAX_REASON_BYTES = 123;

  public CloseReason {
    text = cut(text);
  }

  public static CloseReason lost() {
    return new CloseReason(ABNORMAL, "connection lost");
  }

  public static CloseReason overloaded() {
    return new CloseReason(OVERLOADED, "Overloaded");
  }

  /** Whether an endpoint may put {@code code} into a close frame (RFC 6455, 7.4.1 and 7.4.2). */
  public static boolean isSendable(int code) {
    boolean registered =
        code >= 1000 && code <= 1014 && code != 1004 && code != NO_CODE && code != ABNORMAL;
    return registered || (code >= 3000 && code <= 4999);
  }

  public boolean isSendable() {
    return isSendable(code);
  }

  /** The length in bytes of the close frame's payload. */
  int payloadLength() {
    return isSendable() ? 2 + text.getBytes(StandardCharsets.UTF_8).length : 0;
  }

  /** Writes the close frame's payload: nothing for a code that may not be sent. */
  void writeTo(ByteBuf out) {
    if (isSendable()) {
      out.writeShort(code);
      out.writeCharSequence(text, StandardCharsets.UTF_8);
    }
  }

  private static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_REASON_BYTES) {
      return text;
    }
    int end = MAX_REASON_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
