package io.donna.gateway.dialect;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An application written for the beta, before an upstream of today. */
final class BetaClient implements Translator {
  private static final String TRANSCRIPTION = "transcription";

  private static final Set<String> FROM_CLIENT =
      Set.of(
          "session.update",
          "transcription_session.update",
          "response.create",
          "conversation.item.create");

  private static final Set<String> FROM_SERVER =
      Set.of(
          "session.created",
          "session.updated",
          "conversation.item.added",
          "conversation.item.done",
          "conversation.item.retrieved",
          "response.created",
          "response.done",
          "response.output_item.added",
          "response.output_item.done");

  @Override
  public boolean rewritesFromClient(String type) {
    return FROM_CLIENT.contains(type);
  }

  @Override
  public ObjectNode fromClient(ObjectNode event) {
    switch (event.path("type").asString("")) {
      case "session.update" -> session(event, "realtime");
      case "transcription_session.update" -> {
        event.put("type", "session.update");
        session(event, TRANSCRIPTION);
      }
      case "response.create" -> {
        if (event.get("response") instanceof ObjectNode response) {
          ObjectNode ga = Shape.RESPONSE_REQUEST.toGa(response);
          ga.path("input").forEach(Items::toGa);
          event.set("response", ga);
        }
      }
      case "conversation.item.create" -> Items.toGa(event.path("item"));
      default -> {}
    }
    return event;
  }

  private static void session(ObjectNode event, String kind) {
    if (event.get("session") instanceof ObjectNode session) {
      ObjectNode ga = Shape.SESSION.toGa(session);
      if (!ga.has("type")) {
        ga.put("type", kind);
      }
      event.set("session", ga);
    }
  }

  @Override
  public Optional<String> renamedFromServer(String type) {
    return Optional.ofNullable(EventNames.TO_BETA.get(type));
  }

  @Override
  public boolean rewritesFromServer(String type) {
    return FROM_SERVER.contains(type);
  }

  @Override
  public List<ObjectNode> fromServer(ObjectNode event) {
    String type = event.path("type").asString("");
    switch (type) {
      case "session.created", "session.updated" -> {
        if (event.get("session") instanceof ObjectNode session) {
          if (TRANSCRIPTION.equals(session.path("type").asString(""))) {
            event.put("type", "transcription_" + type);
          }
          ObjectNode beta = Shape.SESSION.toBeta(session);
          beta.remove("type");
          event.set("session", beta);
        }
      }
      case "conversation.item.added" -> {
        event.put("type", "conversation.item.created");
        Items.toBeta(event.path("item"));
      }
      case "conversation.item.done" -> {
        return List.of(); // the beta told of an item once
      }
      case "response.created", "response.done" -> {
        if (event.get("response") instanceof ObjectNode response) {
          response.path("output").forEach(Items::toBeta);
          event.set("response", Shape.RESPONSE.toBeta(response));
        }
      }
      default -> {
        JsonNode item = event.path("item");
        Items.toBeta(item);
      }
    }
    return List.of(event);
  }
}
