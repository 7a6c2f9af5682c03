package io.donna.simulator.protocol;

import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Text;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client events of a protocol and their schemas.
 *
 * @param types the types that the API knows, in the order in which it lists them
 * @param shapes the schemas of those it accepts in a session
 * @param foreign why it refuses the other types
 */
public record Vocabulary(List<String> types, Map<String, Fields> shapes, String foreign) {

  /** The result of reading a message, and its `event_id`. */
  public sealed interface Reading {
    @Nullable String eventId();

    record Understood(String type, ObjectNode event, @Nullable String eventId) implements Reading {}

    record Rejected(ProtocolError error, @Nullable String eventId) implements Reading {}
  }

  private static final Text TEXT = new Text();

  /** Parses a text message into an event, or into the error with which the API answers it. */
  public Reading read(String message) {
    JsonNode json;
    try {
      json = Json.parse(message);
    } catch (JacksonException e) {
      return unparsable(e.getOriginalMessage());
    }
    if (json.isMissingNode()) {
      return unparsable("The message is empty.");
    }
    if (!(json instanceof ObjectNode event)) {
      return rejected("Invalid event: expected a JSON object.", null);
    }
    String eventId = event.path("event_id").isString() ? event.get("event_id").asString() : null;
    if (!event.path("type").isString()) {
      return rejected("Invalid event: missing or invalid 'type'.", eventId);
    }
    String type = event.get("type").stringValue();
    if (!types.contains(type)) {
      return new Reading.Rejected(ProtocolError.unsupported("type", type, types), eventId);
    }
    Fields shape = shapes.get(type);
    if (shape == null) {
      return rejected("Invalid event: '" + type + "' " + foreign, eventId);
    }
    Optional<ProtocolError> error = shape.check("", event);
    return error.isPresent()
        ? new Reading.Rejected(error.get(), eventId)
        : new Reading.Understood(type, event, eventId);
  }

  /** The schema of an event with these fields, some of them required. */
  public static Fields event(List<String> required, Object... namesAndShapes) {
    Map<String, Shape> known = new HashMap<>(Fields.object(namesAndShapes).known());
    known.put("type", TEXT);
    known.put("event_id", TEXT);
    return new Fields(known, required);
  }

  private static Reading unparsable(String why) {
    String message = "Invalid event: failed to parse JSON value. " + why;
    return new Reading.Rejected(ProtocolError.invalidRequest("invalid_json", message), null);
  }

  private static Reading rejected(String message, @Nullable String eventId) {
    return new Reading.Rejected(ProtocolError.invalidRequest("invalid_event", message), eventId);
  }
}
