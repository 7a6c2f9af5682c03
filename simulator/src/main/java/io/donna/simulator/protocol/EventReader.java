package io.donna.simulator.protocol;

import io.donna.simulator.protocol.ClientEvent.AudioAppend;
import io.donna.simulator.protocol.ClientEvent.AudioClear;
import io.donna.simulator.protocol.ClientEvent.AudioCommit;
import io.donna.simulator.protocol.ClientEvent.ItemCreate;
import io.donna.simulator.protocol.ClientEvent.ItemDelete;
import io.donna.simulator.protocol.ClientEvent.ItemRetrieve;
import io.donna.simulator.protocol.ClientEvent.ItemTruncate;
import io.donna.simulator.protocol.ClientEvent.ResponseCancel;
import io.donna.simulator.protocol.ClientEvent.ResponseCreate;
import io.donna.simulator.protocol.ClientEvent.SessionUpdate;
import io.donna.simulator.protocol.Shape.Anything;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Text;
import io.donna.simulator.protocol.Shape.Whole;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Parses a text message into an event, or into the error with which the API answers it. */
final class EventReader {

  /** The result of parsing a message, and its `event_id`. */
  sealed interface Reading {
    @Nullable String eventId();

    record Understood(ClientEvent event, @Nullable String eventId) implements Reading {}

    record Rejected(ProtocolError error, @Nullable String eventId) implements Reading {}
  }

  private static final Text TEXT = new Text();

  /** The event types of the WebSocket transport, in the order in which the API lists them. */
  private static final List<String> TYPES =
      List.of(
          "session.update",
          "session.close",
          "session.input_audio_buffer.append",
          "input_audio_buffer.append",
          "input_audio_buffer.commit",
          "input_audio_buffer.clear",
          "conversation.item.create",
          "conversation.item.retrieve",
          "conversation.item.truncate",
          "conversation.item.delete",
          "response.create",
          "response.cancel");

  private static final Map<String, Fields> SHAPES =
      Map.of(
          "session.update", event(List.of("session"), "session", new Anything()),
          "input_audio_buffer.append", event(List.of("audio"), "audio", TEXT),
          "input_audio_buffer.commit", event(List.of()),
          "input_audio_buffer.clear", event(List.of()),
          "conversation.item.create",
              event(
                  List.of("item"), "previous_item_id", new Shape.OrNull(TEXT), "item", Shapes.ITEM),
          "conversation.item.retrieve", event(List.of("item_id"), "item_id", TEXT),
          "conversation.item.truncate",
              event(
                  List.of("item_id", "content_index", "audio_end_ms"),
                  "item_id",
                  TEXT,
                  "content_index",
                  new Whole(0, Integer.MAX_VALUE),
                  "audio_end_ms",
                  new Whole(0, Integer.MAX_VALUE)),
          "conversation.item.delete", event(List.of("item_id"), "item_id", TEXT),
          "response.create", event(List.of(), "response", new Shape.OrNull(Shapes.RESPONSE)),
          "response.cancel", event(List.of(), "response_id", TEXT));

  private EventReader() {}

  static Reading read(String message) {
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
    if (!TYPES.contains(type)) {
      return new Reading.Rejected(ProtocolError.unsupported("type", type, TYPES), eventId);
    }
    Fields shape = SHAPES.get(type);
    if (shape == null) {
      return rejected("Invalid event: '" + type + "' belongs to translation sessions.", eventId);
    }
    Optional<ProtocolError> error = shape.check("", event);
    return error.isPresent()
        ? new Reading.Rejected(error.get(), eventId)
        : new Reading.Understood(understood(type, event), eventId);
  }

  private static ClientEvent understood(String type, ObjectNode event) {
    return switch (type) {
      case "session.update" -> new SessionUpdate(event.get("session"));
      case "input_audio_buffer.append" -> new AudioAppend(event.get("audio").stringValue());
      case "input_audio_buffer.commit" -> new AudioCommit();
      case "input_audio_buffer.clear" -> new AudioClear();
      case "conversation.item.create" ->
          new ItemCreate(text(event, "previous_item_id"), (ObjectNode) event.get("item"));
      case "conversation.item.retrieve" -> new ItemRetrieve(event.get("item_id").stringValue());
      case "conversation.item.truncate" ->
          new ItemTruncate(
              event.get("item_id").stringValue(),
              event.get("content_index").intValue(),
              event.get("audio_end_ms").longValue());
      case "conversation.item.delete" -> new ItemDelete(event.get("item_id").stringValue());
      case "response.create" ->
          new ResponseCreate(
              event.get("response") instanceof ObjectNode options ? options : Json.object());
      case "response.cancel" -> new ResponseCancel(text(event, "response_id"));
      default -> throw new IllegalStateException("No event is read from " + type);
    };
  }

  private static Optional<String> text(ObjectNode event, String name) {
    return Optional.ofNullable(event.get(name))
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue);
  }

  private static Reading unparsable(String why) {
    String message = "Invalid event: failed to parse JSON value. " + why;
    return new Reading.Rejected(ProtocolError.invalidRequest("invalid_json", message), null);
  }

  private static Reading rejected(String message, @Nullable String eventId) {
    return new Reading.Rejected(ProtocolError.invalidRequest("invalid_event", message), eventId);
  }

  private static Fields event(List<String> required, Object... namesAndShapes) {
    Map<String, Shape> known = new HashMap<>(Shapes.object(namesAndShapes).known());
    known.put("type", TEXT);
    known.put("event_id", TEXT);
    return new Fields(known, required);
  }
}
