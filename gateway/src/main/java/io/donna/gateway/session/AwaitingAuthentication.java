package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.realtime.ClientMessage;
import io.donna.gateway.realtime.ClientMessage.Authenticate;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Waits for the client's first words. Anything but a valid token in time ends the session. */
final class AwaitingAuthentication implements Phase {
  private final Session session;
  private final ScheduledFuture<?> timeout;

  AwaitingAuthentication(Session session) {
    this.session = session;
    // Nobody knows yet who this is: memory for a token, not for a message.
    session
        .client()
        .setMaxMessageBytes(
            Math.min(ClientMessage.MAX_BYTES, session.services().maxMessageBytes()));
    // Set once: no message, ping or fragment moves it.
    this.timeout =
        session
            .eventLoop()
            .schedule(
                this::onTimeout,
                session.services().authTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public Phase onMessage(Message message) {
    if (!(session.read(message) instanceof Authenticate authenticate)) {
      session.answer(Replies.AUTH_REQUIRED);
      return this;
    }
    return session.identity().prove(authenticate.token(), session::ready);
  }

  private void onTimeout() {
    session.record(new SecurityEvent.ConnectionAuthTimeout(session.ip()));
    session.refuse(new Farewell(Replies.AUTHENTICATION_TIMEOUT, Closures.AUTHENTICATION_TIMEOUT));
  }

  @Override
  public void leave() {
    timeout.cancel(false);
    session.client().setMaxMessageBytes(session.services().maxMessageBytes());
  }
}
