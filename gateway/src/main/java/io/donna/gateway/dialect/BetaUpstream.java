package io.donna.gateway.dialect;

import io.donna.gateway.event.EventId;
import io.donna.gateway.event.EventType;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Translates between a GA client and an upstream that still uses the beta protocol. */
final class BetaUpstream implements Translator {
  private static final Set<EventType> FROM_CLIENT =
      EnumSet.of(
          EventType.SESSION_UPDATE, EventType.RESPONSE_CREATE, EventType.CONVERSATION_ITEM_CREATE);

  private static final Set<EventType> FROM_SERVER =
      EnumSet.of(
          EventType.SESSION_CREATED,
          EventType.SESSION_UPDATED,
          EventType.TRANSCRIPTION_SESSION_CREATED,
          EventType.TRANSCRIPTION_SESSION_UPDATED,
          EventType.CONVERSATION_ITEM_CREATED,
          EventType.CONVERSATION_ITEM_RETRIEVED,
          EventType.RESPONSE_CREATED,
          EventType.RESPONSE_DONE,
          EventType.RESPONSE_OUTPUT_ITEM_ADDED,
          EventType.RESPONSE_OUTPUT_ITEM_DONE);

  /** Longer IDs are not kept. */
  private static final int LONGEST_ID = 256;

  /**
   * More items than a response has. Beyond that, the oldest item's {@code conversation.item.done}
   * is not sent.
   */
  private static final int MAX_UNFINISHED = 64;

  /** By unfinished assistant item, the {@code previous_item_id} to repeat when it is done. */
  private final Map<String, JsonNode> previousOfUnfinished =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, JsonNode> eldest) {
          return size() > MAX_UNFINISHED;
        }
      };

  @Override
  public boolean rewritesFromClient(EventType type) {
    return FROM_CLIENT.contains(type);
  }

  @Override
  public ObjectNode fromClient(ObjectNode event) {
    switch (event.path("type").asString("")) {
      case "session.update" -> SessionEvents.toBeta(event);
      case "response.create" -> {
        if (event.get("response") instanceof ObjectNode response) {
          response
              .path("input")
              .forEach(item -> {
                if (!"item_reference".equals(item.path("type").asString(""))) {
                  Items.toBeta(item);
                }
              });
          event.set("response", FieldMapping.RESPONSE_REQUEST.toBeta(response));
        }
      }
      case "conversation.item.create" -> Items.toBeta(event.path("item"));
      default -> {}
    }
    return event;
  }

  @Override
  public @Nullable EventType renamedFromServer(EventType type) {
    return EventNames.TO_GA.get(type);
  }

  @Override
  public boolean rewritesFromServer(EventType type) {
    return FROM_SERVER.contains(type);
  }

  @Override
  public List<ObjectNode> fromServer(ObjectNode event) {
    switch (event.path("type").asString("")) {
      case "session.created",
          "session.updated",
          "transcription_session.created",
          "transcription_session.updated" ->
          SessionEvents.toGa(event);
      case "conversation.item.created" -> {
        return itemCreated(event);
      }
      case "response.created", "response.done" -> {
        if (event.get("response") instanceof ObjectNode response) {
          response.path("output").forEach(Items::toGa);
          event.set("response", FieldMapping.RESPONSE.toGa(response));
        }
      }
      case "response.output_item.done" -> {
        Items.toGa(event.path("item"));
        JsonNode previous = previousOfUnfinished.remove(event.path("item").path("id").asString(""));
        return previous == null
            ? List.of(event)
            : List.of(itemDone(event.path("item"), previous), event);
      }
      default -> Items.toGa(event.path("item"));
    }
    return List.of(event);
  }

  /**
   * GA announces an item as added and then as done: at once for a user's item, at its end for a
   * generated one.
   */
  private List<ObjectNode> itemCreated(ObjectNode event) {
    JsonNode item = event.path("item");
    Items.toGa(item);
    event.put("type", "conversation.item.added");
    JsonNode previous =
        event.has("previous_item_id") ? event.get("previous_item_id") : event.nullNode();
    if ("in_progress".equals(item.path("status").asString(""))) {
      String id = item.path("id").asString("");
      if (id.length() <= LONGEST_ID && previous.asString("").length() <= LONGEST_ID) {
        previousOfUnfinished.put(id, previous.isString() ? previous : event.nullNode());
      }
      return List.of(event);
    }
    return List.of(event, itemDone(item, previous));
  }

  private static ObjectNode itemDone(JsonNode item, JsonNode previous) {
    ObjectNode done = JsonNodeFactory.instance.objectNode();
    done.put("type", "conversation.item.done").put("event_id", EventId.next());
    done.set("previous_item_id", previous);
    done.set("item", item.deepCopy()); // a copy, because inspectors may change it; texts are shared
    return done;
  }
}
