package io.donna.simulator.protocol;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Builds server events and passes them on. Every event starts with its type and its own id. */
public final class Events {
  /** Deltas are padded so that their length does not reveal their content. */
  private static final int PADDED_LENGTH = 16;

  private final Outlet outlet;
  private final Ids ids;

  public Events(Outlet outlet, Ids ids) {
    this.outlet = outlet;
    this.ids = ids;
  }

  public Ids ids() {
    return ids;
  }

  /** Whether the session is to misbehave in this way. */
  public boolean has(SessionFault fault) {
    return outlet.has(fault);
  }

  public void send(String type, Consumer<ObjectNode> fields) {
    outlet.send(event(type, ids.event(), fields));
  }

  private static String event(String type, String id, Consumer<ObjectNode> fields) {
    ObjectNode event = Json.object().put("type", type).put("event_id", id);
    fields.accept(event);
    return Json.write(event);
  }

  /** Sends an event that carries an item and the id of the previous one. */
  public void sendItem(String type, @Nullable String previousItemId, JsonNode item) {
    send(type, event -> event.put("previous_item_id", previousItemId).set("item", item));
  }

  public void sendError(ProtocolError error, @Nullable String offendingEventId) {
    outlet.send(error(error, offendingEventId, ids.event()));
  }

  /** An `error` event. */
  public static String error(
      ProtocolError error, @Nullable String offendingEventId, String eventId) {
    return event(
        "error",
        eventId,
        event ->
            event
                .putObject("error")
                .put("type", error.type())
                .put("code", error.code())
                .put("message", error.message())
                .put("param", error.param())
                .put("event_id", offendingEventId));
  }

  /** Adds a text delta and its padding. */
  public void words(ObjectNode event, String delta) {
    int padding = PADDED_LENGTH - delta.length() % PADDED_LENGTH;
    event.put("delta", delta).put("obfuscation", ids.random(padding));
  }
}
