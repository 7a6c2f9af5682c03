package io.donna.gateway.session;

import io.donna.gateway.event.ClientMessage.Authenticate;
import io.donna.gateway.event.ClientMessage.ConnectRealtime;
import io.donna.gateway.event.ClientMessage.Event;
import io.donna.gateway.event.ClientMessage.Unreadable;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;

/**
 * Authentication is optional: a token is verified if it is sent before {@code connect_realtime}.
 * Only a developer's own gateway uses this phase.
 */
record OfferingAuthentication(Session session) implements Phase {
  @Override
  public SessionState state() {
    return SessionState.READY;
  }

  @Override
  public Phase onMessage(Message message) {
    return switch (session.read(message)) {
      case Authenticate authenticate ->
          session.identity().prove(authenticate.token(), session::ready);
      case ConnectRealtime connect -> {
        session.beginWithoutToken();
        yield session.connecting(connect);
      }
      case Event _, Unreadable _ -> session.ready().onMessage(message); // which refuses it
    };
  }
}
