package io.donna.gateway.session;

import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;

/** Client and upstream exchange messages; the gateway handles only its own commands. */
record Relaying(Session session, Relay relay) implements Phase {
  @Override
  public SessionState state() {
    return SessionState.LIVE;
  }

  @Override
  public Phase onMessage(Message message) {
    return session.relayOrObey(message, relay);
  }

  @Override
  public void onBurstEnd() {
    relay.flushUpstream();
  }

  @Override
  public void onClientWritabilityChanged(boolean writable) {
    relay.setClientWritable(writable);
  }

  @Override
  public boolean isAccepting() {
    return relay.isAccepting();
  }

  @Override
  public void end(CloseReason reason) {
    relay.close(reason);
  }
}
