package io.donna.gateway.upstream;

import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.websocket.Leg;

/** The outcome of opening an upstream. */
public sealed interface OpeningOutcome {
  /**
   * The upstream has answered 101; its first messages follow as soon as this call returns.
   *
   * @param model the model requested from the server, which may differ from the client's
   */
  record Opened(Leg upstream, String model, UpstreamSettings server) implements OpeningOutcome {}

  /**
   * No upstream was opened.
   *
   * @param code for the client's {@code error} event
   * @param message for the client: what happened, without internal addresses
   */
  record Failed(String code, String message, OpeningFault fault) implements OpeningOutcome {}
}
