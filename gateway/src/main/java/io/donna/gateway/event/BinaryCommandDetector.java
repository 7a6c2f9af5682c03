package io.donna.gateway.event;

import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import io.netty.buffer.ByteBuf;

/**
 * Detects gateway commands, which may hold a token, in binary messages. A message that does not
 * begin like a JSON object is not read further, because it is audio. Confined to the event loop of
 * its leg.
 */
public final class BinaryCommandDetector implements PayloadInspector {
  private final EventScanner scanner = new EventScanner();
  private boolean inObject;

  /** Whether {@code message} is a gateway command. */
  public boolean contain(Message message) {
    message.inspect(this);
    return scanner.command() != GatewayCommand.NONE;
  }

  @Override
  public void begin() {
    scanner.begin();
    inObject = false;
  }

  @Override
  public boolean inspect(ByteBuf in, int from, int to, int mask) {
    int at = from;
    int key = mask;
    for (; at < to && !inObject; at++, key = Integer.rotateLeft(key, 8)) {
      int octet = (in.getByte(at) ^ (key >>> 24)) & 0xFF;
      if (octet == '{') {
        inObject = true;
        break;
      }
      if (!isBeforeJson(octet)) {
        return false;
      }
    }
    return scanner.inspect(in, at, to, key);
  }

  /** Whether the byte is white space, or part of a UTF-8 byte order mark. */
  private static boolean isBeforeJson(int octet) {
    return switch (octet) {
      case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF -> true;
      default -> false;
    };
  }

  @Override
  public boolean end() {
    return scanner.end();
  }
}
