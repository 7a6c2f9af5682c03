package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.EventType;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges a client's events by its tier. A forbidden event gets a {@link PolicyRefusal}, a forbidden
 * field is removed, an excessive number is lowered. Only known events and fields pass, so that no
 * spelling passes that the upstream understands and the gateway does not. An open tier may send
 * unknown ones. Immutable.
 */
final class Rules {
  private static final Set<String> RESPONSE_FIELDS =
      Set.of(
          "audio",
          "conversation",
          "input",
          "instructions",
          "max_output_tokens",
          "metadata",
          "model",
          "output_modalities",
          "parallel_tool_calls",
          "prompt",
          "reasoning",
          "tool_choice",
          "tools");

  /** The fields of an event beside {@code type} and {@code event_id}. */
  private static final Map<EventType, Set<String>> EVENT_FIELDS =
      Map.of(
          EventType.SESSION_UPDATE, Set.of("session"),
          EventType.RESPONSE_CREATE, Set.of("response"),
          EventType.CONVERSATION_ITEM_CREATE, Set.of("item", "previous_item_id"));

  /** The field's place in the beta protocol, which an upstream that understands both may read. */
  private static final String BETA_TURN_DETECTION = "turn_detection";

  private static final String SESSION = "session";
  private static final String INVALID = PolicyRefusal.INVALID_VALUE;

  private final Tier tier;
  private final SessionType type;
  private final ToolRules toolRules;
  private final ItemRules itemRules;

  /** The rules of a session of this type. */
  Rules(Tier tier, SessionType type) {
    this.tier = tier;
    this.type = type;
    this.toolRules = new ToolRules(tier);
    this.itemRules = new ItemRules(tier);
  }

  /**
   * Whether the client may send events of this type. A transcription session's are a closed list
   * for any tier: the others are Realtime's.
   *
   * @param name the event's type as the client wrote it, if it is none of the protocol's
   */
  boolean allow(EventType event, Optional<String> name) {
    if (event == EventType.TRANSCRIPTION_SESSION_UPDATE) {
      return false; // sets up a session of a form not judged here; it is translated earlier
    }
    if (!type.hasResponses() && !type.clientEvents().contains(event)) {
      return false;
    }
    if (tier.events().isEmpty()) {
      return tier.open() || type.clientEvents().contains(event);
    }
    String spelt = event == EventType.UNKNOWN ? name.orElse("") : event.wireName();
    return tier.events().get().contains(spelt);
  }

  /** Judges the content of an event, and removes what the client may not set. */
  Optional<PolicyRefusal> judge(EventType type, EditableEvent event) {
    String unplain = event.survey().unplainKey();
    if (unplain != null) {
      return Optional.of(PolicyRefusal.unknownField(shown(unplain)));
    }
    return Optional.ofNullable(tier.open() ? openly(type, event) : known(type, event));
  }

  /** An open tier is only limited in its models, and in turn detection if turns are gated. */
  private @Nullable PolicyRefusal openly(EventType type, EditableEvent event) {
    String where = type == EventType.RESPONSE_CREATE ? "response" : "session";
    if (!(event.tree().get(where) instanceof ObjectNode settings)) {
      return null;
    }
    PolicyRefusal refusal = where.equals(SESSION) ? sessionType(settings) : null;
    if (refusal != null) {
      return refusal;
    }
    if (!this.type.hasResponses()) {
      return transcriptionModels().isPresent()
          ? sessionUpdate(event) // a model could be named in a field that is not known here
          : settings.has("model")
              ? PolicyRefusal.unknownField("session.model")
              : transcription(settings, where);
    }
    return tier.gatesTurns() && settings.has(BETA_TURN_DETECTION)
        ? PolicyRefusal.unknownField(where + "." + BETA_TURN_DETECTION)
        : model(settings, where, event);
  }

  private @Nullable PolicyRefusal known(EventType type, EditableEvent event) {
    PolicyRefusal refusal = itemRules.judge(event.survey());
    if (refusal == null) {
      refusal = unknownField(event.tree(), EVENT_FIELDS.getOrDefault(type, Set.of()));
    }
    if (refusal != null) {
      return refusal;
    }
    return switch (type) {
      case SESSION_UPDATE -> sessionUpdate(event);
      case RESPONSE_CREATE -> responseCreate(event);
      case CONVERSATION_ITEM_CREATE -> itemRules.judge(event.tree().get("item"), "item");
      default -> null;
    };
  }

  private @Nullable PolicyRefusal sessionUpdate(EditableEvent event) {
    if (!(event.tree().get("session") instanceof ObjectNode session)) {
      return PolicyRefusal.notAnObject("session");
    }
    PolicyRefusal refusal = sessionType(session);
    if (refusal == null) {
      refusal = unknownField(session, type.names(), "session");
    }
    return refusal != null ? refusal : settings(session, "session", event);
  }

  /** A session keeps its type: what is judged, metered and guarded depends on it. */
  private @Nullable PolicyRefusal sessionType(ObjectNode session) {
    JsonNode asked = session.get("type");
    if (asked == null || asked.asString("").equals(type.wireName())) {
      return null;
    }
    return PolicyRefusal.otherType(type.wireName());
  }

  private @Nullable PolicyRefusal responseCreate(EditableEvent event) {
    JsonNode response = event.tree().get("response");
    if (!isSet(response)) {
      return null;
    }
    if (!(response instanceof ObjectNode options)) {
      return PolicyRefusal.notAnObject("response");
    }
    PolicyRefusal refusal = unknownField(options, RESPONSE_FIELDS, "response");
    if (refusal == null) {
      refusal = settings(options, "response", event);
    }
    JsonNode input = options.get("input");
    if (refusal != null || !isSet(input)) {
      return refusal;
    }
    if (!input.isArray()) {
      return new PolicyRefusal(INVALID, "Invalid value: 'response.input' must be a list.");
    }
    for (JsonNode item : input) {
      refusal = itemRules.judge(item, "response.input");
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  /** Judges the settings that a session and a single response have in common. */
  private @Nullable PolicyRefusal settings(
      ObjectNode settings, String where, EditableEvent editable) {
    PolicyRefusal shape = audio(settings, where);
    if (shape != null) {
      return shape;
    }
    tier.session().locked().keySet().forEach(path -> editable.remove(settings, path));
    PolicyRefusal refusal = KnownValues.judgeSettings(settings, where);
    if (refusal == null) {
      refusal = model(settings, where, editable);
    }
    if (refusal == null) {
      refusal = transcriptionModel(settings, where);
    }
    if (refusal == null) {
      refusal = prompt(settings.get("prompt"), where);
    }
    if (refusal == null) {
      refusal = toolRules.judge(settings, where, editable);
    }
    return refusal != null ? refusal : most(settings, where, editable);
  }

  private @Nullable PolicyRefusal prompt(@Nullable JsonNode prompt, String where) {
    if (prompt == null || prompt.isNull()) {
      return null;
    }
    if (!tier.prompts()) {
      return new PolicyRefusal(
          "prompt_not_allowed",
          "'%s.prompt' is not allowed: what a stored prompt holds cannot be judged."
              .formatted(where));
    }
    if (!prompt.isObject()) {
      return PolicyRefusal.notAnObject(where + ".prompt");
    }
    JsonNode variables = prompt.get("variables");
    boolean none = !isSet(variables) || (variables instanceof ObjectNode && variables.isEmpty());
    return tier.fixesInstructions() && !none
        ? new PolicyRefusal(
            "prompt_not_allowed",
            "'%s.prompt.variables' is not allowed: the instructions are fixed.".formatted(where))
        : null;
  }

  private @Nullable PolicyRefusal audio(ObjectNode settings, String where) {
    JsonNode audio = settings.get("audio");
    if (audio == null) {
      return null;
    }
    if (!(audio instanceof ObjectNode sides)) {
      return PolicyRefusal.notAnObject(where + ".audio");
    }
    for (Map.Entry<String, JsonNode> side : sides.properties()) {
      String path = "audio." + side.getKey();
      Set<String> known = type.namesBelow(path + ".");
      if (known.isEmpty()) {
        return PolicyRefusal.unknownField(where + "." + shown(path));
      }
      if (!(side.getValue() instanceof ObjectNode fields)) {
        return PolicyRefusal.notAnObject(where + "." + path);
      }
      PolicyRefusal refusal = unknownField(fields, known, where + "." + path);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable PolicyRefusal model(ObjectNode settings, String where, EditableEvent editable) {
    JsonNode model = settings.get("model");
    if (model == null || model.isNull()) {
      return null;
    }
    if (!model.isString()) {
      return new PolicyRefusal(
          INVALID, "Invalid value: '%s.model' must be a string.".formatted(where));
    }
    if (tier.models().allow(model.asString())) {
      return null;
    }
    if (tier.models().rewrites()) {
      editable.remove(settings, "model"); // the session keeps the model chosen when it began
      return null;
    }
    return modelRefused(model.asString());
  }

  static PolicyRefusal modelRefused(String model) {
    return new PolicyRefusal(
        "model_not_allowed", "The model '%s' is not allowed.".formatted(shown(model)));
  }

  /** Refuses settings of a transcription that are no object, or whose model is not allowed. */
  private @Nullable PolicyRefusal transcription(ObjectNode settings, String where) {
    PolicyRefusal refusal = KnownValues.judgeTranscription(settings, where);
    return refusal != null ? refusal : transcriptionModel(settings, where);
  }

  /**
   * The models that may transcribe; empty for any. In a transcription session, the model is the
   * session's own: without a list for transcription, that of sessions decides.
   */
  private Optional<Set<String>> transcriptionModels() {
    return type.hasResponses()
        ? tier.transcriptionModels()
        : tier.transcriptionModels().or(() -> tier.models().allowed());
  }

  private @Nullable PolicyRefusal transcriptionModel(ObjectNode settings, String where) {
    Optional<JsonNode> transcription = FieldPaths.get(settings, SessionField.TRANSCRIPTION.path());
    Optional<Set<String>> models = transcriptionModels();
    if (transcription.isEmpty() || transcription.get().isNull() || models.isEmpty()) {
      return null;
    }
    JsonNode model = transcription.get().get("model");
    if (model == null || model.isNull()) {
      return new PolicyRefusal(
          "model_not_allowed", // or the upstream would choose one
          "'%s.%s' must name its 'model'.".formatted(where, SessionField.TRANSCRIPTION.path()));
    }
    boolean allowed = model.isString() && models.get().contains(model.asString());
    return allowed
        ? null
        : new PolicyRefusal(
            "model_not_allowed",
            "'%s.%s.model' '%s' is not allowed."
                .formatted(where, SessionField.TRANSCRIPTION.path(), shown(model.asString(""))));
  }

  static PolicyRefusal mcp(String what) {
    return new PolicyRefusal(
        "mcp_not_allowed", what + " is not allowed: it makes the upstream call other servers.");
  }

  private @Nullable PolicyRefusal most(ObjectNode settings, String where, EditableEvent editable) {
    for (Map.Entry<String, BigDecimal> bound : tier.session().most().entrySet()) {
      String path = bound.getKey();
      Optional<JsonNode> value = FieldPaths.get(settings, path);
      if (value.isEmpty()) {
        continue;
      }
      JsonNode asked = value.get();
      boolean unbounded = asked.isString() && asked.asString().equals("inf");
      if (!unbounded && !(asked.isNumber() && asked.decimalValue().signum() > 0)) {
        return new PolicyRefusal(
            INVALID, "Invalid value: '%s.%s' must be a number above 0.".formatted(where, path));
      }
      if (unbounded || asked.decimalValue().compareTo(bound.getValue()) > 0) {
        editable.set(settings, path, TierSetUp.number(bound.getValue()));
      }
    }
    return null;
  }

  private static @Nullable PolicyRefusal unknownField(ObjectNode event, Set<String> known) {
    for (String name : event.propertyNames()) {
      if (!known.contains(name) && !name.equals("type") && !name.equals("event_id")) {
        return PolicyRefusal.unknownField(shown(name));
      }
    }
    return null;
  }

  static @Nullable PolicyRefusal unknownField(ObjectNode object, Set<String> known, String where) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        return PolicyRefusal.unknownField(where + "." + shown(name));
      }
    }
    return null;
  }

  private static boolean isSet(@Nullable JsonNode value) {
    return value != null && !value.isNull();
  }

  /** A client's text, shortened for an error message. */
  static String shown(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }
}
