package io.donna.gateway.dialect;

import tools.jackson.databind.node.ObjectNode;

/**
 * Events that hold a session. The beta has its transcription sessions in events of another name;
 * today the session's {@code type} says it.
 */
final class SessionEvents {
  private static final String BETA_PREFIX = "transcription_";
  private static final String TRANSCRIPTION = "transcription";
  private static final String REALTIME = "realtime";

  private SessionEvents() {}

  /** Changes the beta's {@code session.*} or {@code transcription_session.*} in place. */
  static void toGa(ObjectNode event) {
    String type = event.path("type").asString("");
    boolean transcription = type.startsWith(BETA_PREFIX);
    if (transcription) {
      event.put("type", type.substring(BETA_PREFIX.length()));
    }
    if (event.get("session") instanceof ObjectNode session) {
      ObjectNode ga = FieldMapping.SESSION.toGa(session);
      if (!ga.has("type")) {
        ga.put("type", transcription ? TRANSCRIPTION : REALTIME);
      }
      event.set("session", ga);
    }
  }

  /** Changes a {@code session.*} of today in place. */
  static void toBeta(ObjectNode event) {
    if (event.get("session") instanceof ObjectNode session) {
      if (TRANSCRIPTION.equals(session.path("type").asString(""))) {
        event.put("type", BETA_PREFIX + event.path("type").asString(""));
      }
      ObjectNode beta = FieldMapping.SESSION.toBeta(session);
      beta.remove("type");
      event.set("session", beta);
    }
  }
}
