package io.donna.gateway.session;

import io.donna.gateway.event.Replies;
import io.donna.gateway.protocol.Opening;
import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The upstream is opened when inspectors have passed the client's first message. What they refuse
 * opens nothing.
 */
final class AwaitingStart implements Phase {
  private final Session session;
  private final Relay relay;
  private final Opening.ByFirstMessage opening;
  private final Supplier<Phase> connecting;
  private final ScheduledFuture<?> timeout;

  /**
   * @param connecting the phase in which the upstream is opened, for the same relay
   */
  AwaitingStart(
      Session session, Relay relay, Opening.ByFirstMessage opening, Supplier<Phase> connecting) {
    this.session = session;
    this.relay = relay;
    this.opening = opening;
    this.connecting = connecting;
    this.timeout =
        session
            .eventLoop()
            .schedule(this::onTimeout, opening.timeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void onTimeout() {
    session.refuse(
        new Farewell(
            Replies.gatewayError(
                "start_timeout",
                "No '%s' came within %d s."
                    .formatted(opening.event().wireName(), opening.timeout().toSeconds())),
            SessionCloseReasons.NOT_STARTED));
  }

  @Override
  public SessionState state() {
    return SessionState.CONNECTING;
  }

  @Override
  public Phase onMessage(Message message) {
    if (message.length() > opening.maxBytes()) {
      session.refuse(
          new Farewell(
              Replies.gatewayError(
                  "message_too_large",
                  "Until '%s' is accepted, a message may have %d bytes."
                      .formatted(opening.event().wireName(), opening.maxBytes())),
              SessionCloseReasons.START_TOO_LARGE));
      return session.phase();
    }
    return session.relayOrObey(message, relay);
  }

  /** Not in this call: an inspector may be passing the message. */
  @Override
  public void onWaiting() {
    session
        .eventLoop()
        .execute(() -> {
          if (session.phase() == this) {
            session.moveTo(connecting.get());
          }
        });
  }

  @Override
  public boolean isAccepting() {
    return relay.isAccepting();
  }

  @Override
  public void leave() {
    timeout.cancel(false);
  }

  @Override
  public void end(CloseReason reason) {
    leave();
    relay.close(reason);
  }
}
