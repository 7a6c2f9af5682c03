package io.donna.gateway.session;

import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;

/** The session has ended; further messages of the client are ignored. */
record Ended() implements Phase {
  @Override
  public SessionState state() {
    return SessionState.ENDED;
  }

  @Override
  public Phase onMessage(Message message) {
    return this;
  }
}
