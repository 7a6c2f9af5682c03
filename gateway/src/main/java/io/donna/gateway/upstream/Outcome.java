package io.donna.gateway.upstream;

import io.donna.gateway.websocket.Leg;

/** What became of opening an upstream. */
public sealed interface Outcome {
  /**
   * The upstream has answered 101; its first messages come as soon as this call returns.
   *
   * @param model that the server was asked for, which need not be the one that the client named
   * @param server the server's name in the settings
   */
  record Opened(Leg upstream, String model, String server) implements Outcome {}

  /**
   * No upstream.
   *
   * @param code for the client's {@code error} event
   * @param message for the client: what happened, and no address of ours
   */
  record Failed(String code, String message, OpeningFault fault) implements Outcome {}
}
