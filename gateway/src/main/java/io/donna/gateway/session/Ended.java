package io.donna.gateway.session;

import io.donna.gateway.websocket.Message;

/** The session has ended; what its client still says is not heard. */
record Ended() implements Phase {
  @Override
  public Phase onMessage(Message message) {
    return this;
  }
}
