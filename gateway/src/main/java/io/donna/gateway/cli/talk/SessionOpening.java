package io.donna.gateway.cli.talk;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The messages before the first turn: authentication, connection and session configuration. */
final class SessionOpening {
  private final Connection connection;
  private final Duration timeout;

  SessionOpening(Connection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  void perform(OpeningFlow flow, Optional<String> token, TalkOptions wishes)
      throws TalkFailure, InterruptedException {
    if (flow == OpeningFlow.GATEWAY) {
      if (token.isPresent()) {
        authenticate(token.get());
      }
      connection.send(message("connect_realtime"));
    }
    await("session.created");
    Optional<ObjectNode> update = wishes.update();
    if (update.isPresent()) {
      connection.send(update.get());
      await("session.updated");
    }
  }

  private void authenticate(String token) throws TalkFailure, InterruptedException {
    connection.send(message("authenticate").put("token", token));
    while (true) {
      JsonNode event = next("auth_success");
      switch (event.path("type").asString("")) {
        case "auth_success" -> {
          return;
        }
        case "auth_error" -> {
          // A gateway without authentication does not need the token.
          if (event.path("error").asString("").equals("Authentication not configured")) {
            return;
          }
          throw new TalkFailure(Diagnosis.refusedToken(event));
        }
        case "error" -> throw new TalkFailure(Diagnosis.error(event));
        default -> {}
      }
    }
  }

  private void await(String wanted) throws TalkFailure, InterruptedException {
    while (true) {
      JsonNode event = next(wanted);
      String type = event.path("type").asString("");
      if (type.equals(wanted)) {
        return;
      }
      switch (type) {
        case "auth_required" -> throw new TalkFailure(Diagnosis.TOKEN_WANTED);
        case "auth_error" -> throw new TalkFailure(Diagnosis.refusedToken(event));
        case "error" -> throw new TalkFailure(Diagnosis.error(event));
        case "realtime_disconnected" -> throw new TalkFailure(Diagnosis.UPSTREAM_GONE);
        default -> {}
      }
    }
  }

  private JsonNode next(String wanted) throws TalkFailure, InterruptedException {
    return connection.next(timeout).orElseThrow(() -> Diagnosis.silent(timeout, wanted));
  }

  private static ObjectNode message(String type) {
    return JsonMapper.shared().createObjectNode().put("type", type);
  }
}
