package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.event.ClientMessage;
import io.donna.gateway.event.ClientMessage.Authenticate;
import io.donna.gateway.event.Replies;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Waits for the client's token. An invalid token, a timeout, or more than {@value
 * #MOST_WITHOUT_TOKEN} messages without a token end the session.
 */
final class AwaitingAuthentication implements Phase {
  /** An honest client sends one or two messages before its token, and then reads the error. */
  private static final int MOST_WITHOUT_TOKEN = 10;

  private final Session session;
  private final ScheduledFuture<?> timeout;
  private int withoutToken;

  AwaitingAuthentication(Session session) {
    this.session = session;
    // The client is unknown: allow memory for a token, not for large messages.
    session
        .client()
        .setMaxMessageBytes(
            Math.min(ClientMessage.MAX_BYTES, session.services().maxMessageBytes()));
    session.client().setKnown(false);
    // Set once: no message, ping or fragment extends it.
    this.timeout =
        session
            .eventLoop()
            .schedule(
                this::onTimeout,
                session.services().authTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public SessionState state() {
    return SessionState.AUTHENTICATING;
  }

  @Override
  public Phase onMessage(Message message) {
    ClientMessage read = session.read(message);
    Optional<String> token =
        read instanceof Authenticate(Optional<String> sent) ? sent : Optional.empty();
    if (token.isEmpty() && ++withoutToken > MOST_WITHOUT_TOKEN) {
      session.record(new SecurityEvent.AuthFailedNoToken(session.ip()));
      session.refuse(
          new Farewell(Replies.TOO_MANY_BEFORE_TOKEN, SessionCloseReasons.AUTHENTICATION_FAILED));
      return session.phase();
    }
    if (read instanceof Authenticate) {
      return session.identity().prove(token, session::ready);
    }
    session.answer(Replies.AUTH_REQUIRED);
    return this;
  }

  private void onTimeout() {
    session.record(new SecurityEvent.ConnectionAuthTimeout(session.ip()));
    session.refuse(
        new Farewell(Replies.AUTHENTICATION_TIMEOUT, SessionCloseReasons.AUTHENTICATION_TIMEOUT));
  }

  @Override
  public void leave() {
    timeout.cancel(false);
    session.client().setKnown(true);
    session.client().setMaxMessageBytes(session.services().maxMessageBytes());
  }
}
