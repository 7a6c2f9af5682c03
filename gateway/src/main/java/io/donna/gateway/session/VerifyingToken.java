package io.donna.gateway.session;

import io.donna.gateway.websocket.Message;

/** The token that came with the request is looked at; until it holds, nothing is heard. */
record VerifyingToken() implements Phase {
  @Override
  public Phase onMessage(Message message) {
    return this;
  }

  @Override
  public boolean isAccepting() {
    return false;
  }
}
