package io.donna.gateway.event;

import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;

/** A session that can be ended. Confined to its event loop. */
public interface Endable {
  /**
   * Sends {@code error} to the client, and ends the session with {@code reason}; does nothing if it
   * has ended.
   */
  void end(String error, CloseReason reason);

  EventLoop eventLoop();
}
