package io.donna.gateway.websocket;

import io.netty.buffer.ByteBuf;

/**
 * Inspects a text message's payload once, as it arrives, in pieces cut anywhere. Confined to the
 * event loop of its leg.
 */
public interface PayloadInspector {
  /** Begins a text message. */
  void begin();

  /**
   * Inspects the bytes {@code [from, to)} of {@code in}, which stay in place.
   *
   * @param mask the mask on the bytes, rotated so that its highest byte applies to {@code from}; 0
   *     if there is none (RFC 6455, 5.3)
   * @return false if the message can no longer be valid UTF-8
   */
  boolean inspect(ByteBuf in, int from, int to, int mask);

  /** Ends the message. Returns false if it ends inside a code point. */
  boolean end();
}
