package io.donna.gateway.realtime;

import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;

/** A session that can be ended. Confined to its event loop. */
public interface Endable {
  /** Says why, and ends the session; where it has ended, nothing. */
  void end(String error, CloseReason reason);

  EventLoop eventLoop();
}
