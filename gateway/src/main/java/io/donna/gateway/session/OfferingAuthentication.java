package io.donna.gateway.session;

import io.donna.gateway.realtime.ClientMessage.Authenticate;
import io.donna.gateway.realtime.ClientMessage.ConnectRealtime;
import io.donna.gateway.realtime.ClientMessage.Event;
import io.donna.gateway.realtime.ClientMessage.Unreadable;
import io.donna.gateway.websocket.Message;

/**
 * A token is optional: whoever shows one has it verified, and whoever connects first does without.
 * Only a developer's own gateway offers that.
 */
record OfferingAuthentication(Session session) implements Phase {
  @Override
  public Phase onMessage(Message message) {
    return switch (session.read(message)) {
      case Authenticate authenticate ->
          session.identity().prove(authenticate.token(), session::ready);
      case ConnectRealtime() -> {
        session.beginWithoutToken();
        yield session.connecting();
      }
      case Event _, Unreadable _ -> session.ready().onMessage(message); // which refuses it
    };
  }
}
