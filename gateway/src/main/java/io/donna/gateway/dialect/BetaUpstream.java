package io.donna.gateway.dialect;

import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An application of today, before an upstream that still speaks the beta. */
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

  /** No id is longer that is kept here. */
  private static final int LONGEST_ID = 256;

  /** More items than a response has; who asks for more gets no previous item with the oldest. */
  private static final int MOST_UNFINISHED = 64;

  /** What stands before the assistant's items that are not done, to be told again when they are. */
  private final Map<String, JsonNode> previousOfUnfinished =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, JsonNode> eldest) {
          return size() > MOST_UNFINISHED;
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

  /** Today an item is added and then done: at once when the user's, at its end when generated. */
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
    done.set("item", item.deepCopy()); // of its own, as inspectors may change it; texts are shared
    return done;
  }
}
