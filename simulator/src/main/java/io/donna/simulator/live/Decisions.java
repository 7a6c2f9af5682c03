package io.donna.simulator.live;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.ProtocolError;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decisions: the same answer to each question, with the usage of a model. A delegation, a trigger
 * or the client asks for them. Confined to the session's event loop.
 */
final class Decisions {
  private static final long THINKING_MILLIS = 400;
  private static final int TOKENS_PER_QUESTION = 40;
  private static final int TOKENS_PER_ANSWER = 4;

  private final SessionObject session;
  private final LiveEvents events;
  private final Timeline timeline;
  private final Map<String, JsonNode> items = new LinkedHashMap<>();
  private final Set<String> used = new HashSet<>();
  private int triggers;

  Decisions(SessionObject session, LiveEvents events, Timeline timeline) {
    this.session = session;
    this.events = events;
    this.timeline = timeline;
  }

  /** Answers what the user said by the decisions of the delegation. */
  void delegate() {
    String id = events.ids().item();
    events.sendIdLast(
        "session.delegation.created",
        null,
        event -> DelegationEvent.describe(event, timeline.millis(), id, "decisions"));
    decideLater(session.backend().path("questions"), new Source(id, null, null, null));
  }

  /** Fires the trigger for a transcript delta, if there is one. */
  void transcribed(String eventType, String eventId) {
    session
        .questions(eventType)
        .ifPresent(questions ->
            decideLater(questions, new Source(null, eventId, eventType, "trigger_" + ++triggers)));
  }

  Optional<ProtocolError> create(String eventId) {
    if (!"decisions".equals(session.delegationType())) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "invalid_event", "decision.create requires Decisions delegation.", "type"));
    }
    if (!used.add(eventId)) {
      return Optional.of(
          ProtocolError.invalidValue(
              "event_id", "The event_id '" + eventId + "' has been used in this session."));
    }
    decideLater(session.backend().path("questions"), new Source(null, null, null, null));
    return Optional.empty();
  }

  Optional<ProtocolError> createItem(JsonNode item, @Nullable String eventId) {
    ObjectNode stored = Json.object();
    stored.put(
        "id", item.path("id").isString() ? item.get("id").stringValue() : events.ids().item());
    item.properties().stream()
        .filter(field -> !stored.has(field.getKey()))
        .forEach(field -> stored.set(field.getKey(), field.getValue().deepCopy()));
    items.put(stored.path("id").stringValue(), stored);
    events.sendIdFirst("decision.item.created", eventId, event -> event.set("item", stored));
    return Optional.empty();
  }

  Optional<ProtocolError> deleteItem(String itemId, @Nullable String eventId) {
    if (items.remove(itemId) == null) {
      return Optional.of(
          ProtocolError.invalidValue("item_id", "No decision item has the id '" + itemId + "'."));
    }
    events.sendIdFirst("decision.item.deleted", eventId, event -> event.put("item_id", itemId));
    return Optional.empty();
  }

  private void decideLater(JsonNode questions, Source source) {
    JsonNode asked = questions.deepCopy();
    timeline.after(THINKING_MILLIS, () -> decide(asked, source));
  }

  private void decide(JsonNode questions, Source source) {
    events.sendIdFirst(
        "decision.event",
        null,
        event -> {
          ObjectNode completed = event.putObject("event").put("type", "decision.completed");
          ObjectNode decision = completed.putObject("decision");
          decision.put("model", session.backend().path("model").asString(session.model()));
          ArrayNode answers = decision.putArray("answers");
          questions.forEach(question -> answer(question, answers.addObject()));
          usage(decision.putObject("usage"), questions.size());
          event
              .put("delegation_id", source.delegationId)
              .put("source_event_id", source.eventId)
              .put("source_event_type", source.eventType)
              .put("trigger_id", source.triggerId);
        });
  }

  /** The first choice, the first level, or a probability of one half. */
  private static void answer(JsonNode question, ObjectNode answer) {
    String type = question.path("type").asString("");
    answer.put("type", type).put("name", question.path("name").asString(null));
    switch (type) {
      case "predicate" -> answer.put("probability", 0.5);
      case "choice" -> {
        JsonNode value = question.at("/choices/0/value");
        answer.set("choice", value.deepCopy());
        answer.put("confidence", 1.0);
        answer.putArray("probabilities").addObject().put("probability", 1.0).set("value", value);
      }
      default -> {
        answer.put("score", 0).put("confidence", 1.0);
        answer
            .putArray("probabilities")
            .addObject()
            .put("label", question.at("/levels/0/label").asString(""))
            .put("probability", 1.0)
            .put("value", 0);
      }
    }
  }

  private void usage(ObjectNode usage, int questions) {
    int input = questions * TOKENS_PER_QUESTION + LiveTokens.ofText(items.values().toString());
    int output = questions * TOKENS_PER_ANSWER;
    usage
        .put("input_tokens", input)
        .putObject("input_tokens_details")
        .put("cached_tokens", 0)
        .put("cache_write_tokens", 0);
    usage
        .put("output_tokens", output)
        .putObject("output_tokens_details")
        .put("reasoning_tokens", 0);
    usage.put("total_tokens", input + output);
  }

  /** What asked for a decision, as `decision.event` reports it. */
  private record Source(
      @Nullable String delegationId,
      @Nullable String eventId,
      @Nullable String eventType,
      @Nullable String triggerId) {}
}
