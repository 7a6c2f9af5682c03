package io.donna.gateway.realtime;

import io.donna.gateway.config.SessionDefaults;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code session.update} (GA shape) by which the gateway sets up a session of its own accord.
 */
public final class SessionUpdate {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private SessionUpdate() {}

  /** One that sets what {@code session} says, by an id that its answer names. */
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
