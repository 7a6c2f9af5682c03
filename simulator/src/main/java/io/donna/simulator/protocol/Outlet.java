package io.donna.simulator.protocol;

/** The client's side of the connection, as a session sees it. Confined to its event loop. */
public interface Outlet {
  /** Sends an event as the text of one message. */
  void send(String event);

  /** Closes the WebSocket. */
  void close(int code, String reason);
}
