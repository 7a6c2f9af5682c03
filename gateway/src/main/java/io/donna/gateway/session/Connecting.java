package io.donna.gateway.session;

import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.upstream.OpeningOutcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.upstream.UpstreamOpening;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;

/** The upstream is opening; the client's messages are queued for it. */
final class Connecting implements Phase {
  private final Session session;
  private final Dialer dialer;
  private final Relay relay;
  private final UpstreamOpening opening;

  Connecting(Session session, Dialer dialer, Target target, Relay relay, PayloadInspector reader) {
    this.session = session;
    this.dialer = dialer;
    this.relay = relay;
    this.opening = dialer.open(target, relay, reader, this::onOutcome);
  }

  private void onOutcome(OpeningOutcome outcome) {
    session.moveTo(
        switch (outcome) {
          case OpeningOutcome.Opened opened -> {
            relay.open(opened.upstream(), dialer.opened(opened));
            yield new Relaying(session, relay);
          }
          case OpeningOutcome.Failed failed -> session.upstreamFailed(failed);
        });
  }

  @Override
  public SessionState state() {
    return SessionState.CONNECTING;
  }

  @Override
  public Phase onMessage(Message message) {
    return session.relayOrObey(message, relay);
  }

  @Override
  public boolean isAccepting() {
    return relay.isAccepting();
  }

  @Override
  public void end(CloseReason reason) {
    opening.cancel(reason);
    relay.close(reason);
  }

  @Override
  public boolean mayBeHandedOver() {
    return false;
  }
}
