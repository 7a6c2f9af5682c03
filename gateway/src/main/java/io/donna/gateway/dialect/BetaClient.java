package io.donna.gateway.dialect;

import io.donna.gateway.event.EventType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Translates between a client written for the beta and a GA upstream. */
final class BetaClient implements Translator {
  private static final Set<EventType> FROM_CLIENT =
      EnumSet.of(
          EventType.SESSION_UPDATE,
          EventType.TRANSCRIPTION_SESSION_UPDATE,
          EventType.RESPONSE_CREATE,
          EventType.CONVERSATION_ITEM_CREATE);

  private static final Set<EventType> FROM_SERVER =
      EnumSet.of(
          EventType.SESSION_CREATED,
          EventType.SESSION_UPDATED,
          EventType.CONVERSATION_ITEM_ADDED,
          EventType.CONVERSATION_ITEM_DONE,
          EventType.CONVERSATION_ITEM_RETRIEVED,
          EventType.RESPONSE_CREATED,
          EventType.RESPONSE_DONE,
          EventType.RESPONSE_OUTPUT_ITEM_ADDED,
          EventType.RESPONSE_OUTPUT_ITEM_DONE);

  @Override
  public boolean rewritesFromClient(EventType type) {
    return FROM_CLIENT.contains(type);
  }

  @Override
  public ObjectNode fromClient(ObjectNode event) {
    switch (event.path("type").asString("")) {
      case "session.update", "transcription_session.update" -> SessionEvents.toGa(event);
      case "response.create" -> {
        if (event.get("response") instanceof ObjectNode response) {
          ObjectNode ga = FieldMapping.RESPONSE_REQUEST.toGa(response);
          ga.path("input").forEach(Items::toGa);
          event.set("response", ga);
        }
      }
      case "conversation.item.create" -> Items.toGa(event.path("item"));
      default -> {}
    }
    return event;
  }

  @Override
  public @Nullable EventType renamedFromServer(EventType type) {
    return EventNames.TO_BETA.get(type);
  }

  @Override
  public boolean rewritesFromServer(EventType type) {
    return FROM_SERVER.contains(type);
  }

  @Override
  public List<ObjectNode> fromServer(ObjectNode event) {
    switch (event.path("type").asString("")) {
      case "session.created", "session.updated" -> SessionEvents.toBeta(event);
      case "conversation.item.added" -> {
        event.put("type", "conversation.item.created");
        Items.toBeta(event.path("item"));
      }
      case "conversation.item.done" -> {
        return List.of(); // the beta announces an item only once
      }
      case "response.created", "response.done" -> {
        if (event.get("response") instanceof ObjectNode response) {
          response.path("output").forEach(Items::toBeta);
          event.set("response", FieldMapping.RESPONSE.toBeta(response));
        }
      }
      default -> Items.toBeta(event.path("item"));
    }
    return List.of(event);
  }
}
