package io.donna.gateway.session;

import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;

/** The token from the request is being verified; the client is not read until then. */
record VerifyingToken() implements Phase {
  @Override
  public SessionState state() {
    return SessionState.AUTHENTICATING;
  }

  @Override
  public Phase onMessage(Message message) {
    return this;
  }

  @Override
  public boolean isAccepting() {
    return false;
  }

  @Override
  public boolean mayBeHandedOver() {
    return false;
  }
}
