package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.ProtocolError;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The session object: what `session.start` sets and `session.update` changes. Confined to the
 * session's event loop.
 */
final class SessionObject {
  private static final String INSTRUCTIONS =
      "You are a helpful voice assistant. Keep your replies short and natural.";
  private static final int MOST_INSTRUCTION_TOKENS = 16_384;
  private static final int MOST_MESSAGES = 128;
  private static final int MOST_HISTORY_TOKENS = 8_192;

  private final ObjectNode json;
  private final boolean delegates;

  private SessionObject(ObjectNode json, boolean delegates) {
    this.json = json;
    this.delegates = delegates;
  }

  /**
   * Why a `session.start` is refused; empty if it is valid.
   *
   * @param faulty whether the model names a fault and is therefore valid
   */
  static Optional<ProtocolError> refusal(JsonNode start, boolean faulty) {
    return LiveShapes.START
        .check("session", start)
        .or(() -> faulty ? Optional.empty() : model(start.path("model").asString("")))
        .or(() -> instructions(start.path("instructions").asString("")))
        .or(() -> history(start.path("input")))
        .or(() -> triggers(start.path("triggers")));
  }

  /** The session that a valid `session.start` opens, in the API's field order. */
  static SessionObject started(JsonNode start, String id, long expiresAt) {
    String instructions = start.path("instructions").asString("");
    ObjectNode json =
        Json.object()
            .put("id", id)
            .put("expires_at", expiresAt)
            .put("model", start.path("model").stringValue())
            .put("instructions", instructions.isBlank() ? INSTRUCTIONS : instructions);
    ObjectNode audio = json.putObject("audio");
    JsonNode voice = start.at("/audio/output/voice");
    ObjectNode output = audio.putObject("output");
    if (voice.isMissingNode()) {
      output.put("voice", "marin");
    } else {
      output.set("voice", voice.deepCopy());
    }
    audio.set("format", format(start.at("/audio/format")));
    boolean delegates = start.path("delegation").isObject();
    json.set(
        "delegation",
        delegates ? start.get("delegation").deepCopy() : Json.object().put("type", "client"));
    for (String name : List.of("triggers", "store", "safety_identifier")) {
      if (start.has(name)) {
        json.set(name, start.get(name).deepCopy());
      }
    }
    json.put("status", "active").putArray("input");
    return new SessionObject(json, delegates);
  }

  /** Applies a `session.update`. One that contains an error changes nothing. */
  Optional<ProtocolError> update(JsonNode patch) {
    JsonNode type = patch.at("/delegation/type");
    if (type.isString() && !type.stringValue().equals(delegationType())) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "immutable_field_update",
              "The delegation type of a session cannot be changed.",
              "session.delegation.type"));
    }
    Optional<ProtocolError> error =
        LiveShapes.UPDATE.check("session", patch).or(() -> triggers(patch.path("triggers")));
    if (error.isPresent()) {
      return error;
    }
    if (patch.path("delegation") instanceof ObjectNode delegation) {
      merge((ObjectNode) json.get("delegation"), delegation);
    }
    if (patch.has("triggers")) {
      json.set("triggers", patch.get("triggers").deepCopy());
    }
    return Optional.empty();
  }

  ObjectNode json() {
    return json;
  }

  String model() {
    return json.path("model").stringValue();
  }

  String instructions() {
    return json.path("instructions").stringValue();
  }

  AudioFormat format() {
    JsonNode format = json.at("/audio/format");
    return AudioFormat.named(format.path("type").stringValue(), format.path("rate").intValue());
  }

  /** Whether the client said who handles delegated tasks. If not, there are none. */
  boolean delegates() {
    return delegates;
  }

  String delegationType() {
    return json.at("/delegation/type").stringValue();
  }

  /** The settings of the delegation's backend; missing for a client's delegation. */
  JsonNode backend() {
    return json.at("/delegation/" + delegationType());
  }

  /** The questions of the trigger for an event type; missing if there is none. */
  Optional<JsonNode> questions(String eventType) {
    return json.path("triggers")
        .valueStream()
        .filter(trigger -> eventType.equals(trigger.path("event_type").asString("")))
        .map(trigger -> trigger.at("/decisions/questions"))
        .findFirst();
  }

  private static Optional<ProtocolError> model(String model) {
    boolean live = model.startsWith("gpt-live-1");
    return live
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidRequest(
                "invalid_model", "Model \"" + model + "\" is not supported in realtime mode."));
  }

  private static Optional<ProtocolError> instructions(String text) {
    return LiveTokens.ofText(text) <= MOST_INSTRUCTION_TOKENS
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidRequest(
                "invalid_value",
                "Instructions must not exceed " + MOST_INSTRUCTION_TOKENS + " tokens",
                "session.instructions"));
  }

  private static Optional<ProtocolError> history(JsonNode input) {
    int tokens = 0;
    for (JsonNode message : input) {
      if (message.path("content").size() != 1) {
        return Optional.of(
            ProtocolError.invalidValue(
                "session.input", "A message of the history has exactly one text part."));
      }
      tokens += LiveTokens.ofText(message.at("/content/0/text").asString(""));
    }
    return input.size() <= MOST_MESSAGES && tokens <= MOST_HISTORY_TOKENS
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidValue(
                "session.input",
                "Input must not exceed %d messages and %d tokens"
                    .formatted(MOST_MESSAGES, MOST_HISTORY_TOKENS)));
  }

  private static Optional<ProtocolError> triggers(JsonNode triggers) {
    Set<String> types = new HashSet<>();
    for (JsonNode trigger : triggers) {
      if (!types.add(trigger.path("event_type").asString(""))) {
        return Optional.of(
            ProtocolError.invalidValue(
                "session.triggers", "At most one trigger per event type is allowed."));
      }
    }
    return Optional.empty();
  }

  private static ObjectNode format(JsonNode sent) {
    String type = sent.path("type").asString("audio/pcm");
    int rate = "audio/pcm".equals(type) ? sent.path("rate").asInt(24_000) : 8_000;
    return Json.object().put("type", type).put("rate", rate);
  }

  private static void merge(ObjectNode into, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      if (field.getValue() instanceof ObjectNode change
          && into.get(field.getKey()) instanceof ObjectNode present) {
        merge(present, change);
      } else {
        into.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }
}
