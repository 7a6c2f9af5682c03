package io.donna.gateway.session;

import io.donna.gateway.event.ClientMessage.Authenticate;
import io.donna.gateway.event.ClientMessage.ConnectRealtime;
import io.donna.gateway.event.ClientMessage.Event;
import io.donna.gateway.event.ClientMessage.Unreadable;
import io.donna.gateway.event.Replies;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;

/** Waits for {@code connect_realtime}: there is no upstream yet, or it has closed. */
record AwaitingConnectCommand(Session session) implements Phase {
  @Override
  public SessionState state() {
    return SessionState.READY;
  }

  @Override
  public Phase onMessage(Message message) {
    switch (session.read(message)) {
      case Authenticate authenticate -> {
        return session.identity().prove(authenticate.token(), session::phase);
      }
      case ConnectRealtime connect -> {
        return session.connecting(connect);
      }
      case Event event ->
          session.refuseMessage(
              Replies.gatewayError(
                  "not_connected",
                  "Not connected to the realtime API: send {\"type\":\"connect_realtime\"}"
                      + " first."));
      case Unreadable(String code, String reason) ->
          session.refuseMessage(Replies.gatewayError(code, reason));
    }
    return session.phase();
  }
}
