package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;

/**
 * Reads a text message's payload once, as it arrives, in pieces cut anywhere. Confined to the event
 * loop of its leg.
 */
public interface PayloadInspector {
  /** A text message begins. */
  void begin();

  /**
   * Reads the bytes {@code [from, to)} of {@code in}, which stay where they are.
   *
   * @param mask the mask that is on the bytes, turned so that its highest byte belongs to {@code
   *     from}; 0 where there is none (RFC 6455, 5.3)
   * @return false when the message can no longer be valid UTF-8
   */
  boolean inspect(ByteBuf in, int from, int to, int mask);

  /** The message ends; false when it ends inside a code point. */
  boolean end();
}
