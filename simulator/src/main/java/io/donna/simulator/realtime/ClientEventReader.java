package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.RealtimeEvents;
import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Anything;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Text;
import io.donna.simulator.protocol.Shape.Whole;
import io.donna.simulator.protocol.Vocabulary;
import io.donna.simulator.realtime.ClientEvent.AudioAppend;
import io.donna.simulator.realtime.ClientEvent.AudioClear;
import io.donna.simulator.realtime.ClientEvent.AudioCommit;
import io.donna.simulator.realtime.ClientEvent.ItemCreate;
import io.donna.simulator.realtime.ClientEvent.ItemDelete;
import io.donna.simulator.realtime.ClientEvent.ItemRetrieve;
import io.donna.simulator.realtime.ClientEvent.ItemTruncate;
import io.donna.simulator.realtime.ClientEvent.ResponseCancel;
import io.donna.simulator.realtime.ClientEvent.ResponseCreate;
import io.donna.simulator.realtime.ClientEvent.SessionUpdate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Parses a text message into an event, or into the error with which the API answers it. */
final class ClientEventReader {

  /** The result of parsing a message, and its `event_id`. */
  sealed interface Reading {
    @Nullable String eventId();

    record Understood(ClientEvent event, @Nullable String eventId) implements Reading {}

    record Rejected(ProtocolError error, @Nullable String eventId) implements Reading {}
  }

  private static final Text TEXT = new Text();

  private static final Map<String, Fields> SHAPES =
      Map.of(
          "session.update", Vocabulary.event(List.of("session"), "session", new Anything()),
          "input_audio_buffer.append", Vocabulary.event(List.of("audio"), "audio", TEXT),
          "input_audio_buffer.commit", Vocabulary.event(List.of()),
          "input_audio_buffer.clear", Vocabulary.event(List.of()),
          "conversation.item.create",
              Vocabulary.event(
                  List.of("item"), "previous_item_id", new Shape.OrNull(TEXT), "item", Shapes.ITEM),
          "conversation.item.retrieve", Vocabulary.event(List.of("item_id"), "item_id", TEXT),
          "conversation.item.truncate",
              Vocabulary.event(
                  List.of("item_id", "content_index", "audio_end_ms"),
                  "item_id",
                  TEXT,
                  "content_index",
                  new Whole(0, Integer.MAX_VALUE),
                  "audio_end_ms",
                  new Whole(0, Integer.MAX_VALUE)),
          "conversation.item.delete", Vocabulary.event(List.of("item_id"), "item_id", TEXT),
          "response.create",
              Vocabulary.event(List.of(), "response", new Shape.OrNull(Shapes.RESPONSE)),
          "response.cancel", Vocabulary.event(List.of(), "response_id", TEXT));

  private static final Vocabulary VOCABULARY =
      new Vocabulary(RealtimeEvents.CLIENT_TYPES, SHAPES, "belongs to translation sessions.");

  private ClientEventReader() {}

  static Reading read(String message) {
    return switch (VOCABULARY.read(message)) {
      case Vocabulary.Reading.Understood(String type, ObjectNode event, String eventId) ->
          new Reading.Understood(understood(type, event), eventId);
      case Vocabulary.Reading.Rejected(ProtocolError error, String eventId) ->
          new Reading.Rejected(error, eventId);
    };
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
}
