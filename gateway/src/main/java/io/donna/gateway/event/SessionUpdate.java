package io.donna.gateway.event;

import io.donna.gateway.config.SessionDefaults;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds the {@code session.update} (GA format) with which the gateway sets up a session on its
 * own.
 */
public final class SessionUpdate {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private SessionUpdate() {}

  /**
   * An update with the settings of {@code session} and an event ID, which an error about it names.
   */
  public static String of(ObjectNode session, String eventId) {
    ObjectNode event =
        MAPPER.createObjectNode().put("type", "session.update").put("event_id", eventId);
    event.set("session", session);
    return event.toString();
  }

  public static String of(SessionDefaults defaults) {
    ObjectNode event = MAPPER.createObjectNode().put("type", "session.update");
    ObjectNode session = event.putObject("session").put("type", "realtime");
    defaults.instructions().ifPresent(text -> session.put("instructions", text));
    if (defaults.serverVad() || defaults.voice().isPresent()) {
      ObjectNode audio = session.putObject("audio");
      if (defaults.serverVad()) {
        audio.putObject("input").putObject("turn_detection").put("type", "server_vad");
      }
      defaults.voice().ifPresent(voice -> audio.putObject("output").put("voice", voice));
    }
    return event.toString();
  }
}
