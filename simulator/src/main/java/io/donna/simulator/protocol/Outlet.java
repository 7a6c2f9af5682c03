package io.donna.simulator.protocol;

/** The client's side of the connection, as a session sees it. Confined to its event loop. */
public interface Outlet {
  /** Sends an event as the text of one message. */
  void send(String event);

  /** Closes the WebSocket. The code 1005 sends a close frame without a code. */
  void close(int code, String reason);

  /** Ends the TCP connection without a close frame. */
  void drop();

  /**
   * Applies the fault that a model name requests, for a protocol whose model is not in the URL.
   *
   * @return whether the name requests one
   */
  boolean misbehave(String model);

  /** Whether the connection's fault is this one. */
  boolean has(SessionFault fault);
}
