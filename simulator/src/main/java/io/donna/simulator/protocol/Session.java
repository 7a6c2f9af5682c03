package io.donna.simulator.protocol;

/** A session of one protocol. Confined to its event loop. */
public interface Session {
  /** Begins: sends the event that greets the client, if the protocol has one. */
  void start();

  /** Handles a text message in any state. */
  void receive(String message);

  void receiveBinary();

  /** Cancels all timers, after the connection has ended. No event is sent afterwards. */
  void stop();
}
