package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.EventType;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges what a client says by its tier: what may not be said is a {@link Refusal}, what may not be
 * set is taken out, what is too much comes down. Only what is known is let through, so that nothing
 * passes by being spelt in a way that the upstream reads and the gateway does not; but for an open
 * tier, which may say what nobody here knows. Immutable.
 */
final class Rules {
  private static final Set<EventType> CLIENT_EVENTS =
      EnumSet.of(
          EventType.SESSION_UPDATE,
          EventType.INPUT_AUDIO_BUFFER_APPEND,
          EventType.INPUT_AUDIO_BUFFER_COMMIT,
          EventType.INPUT_AUDIO_BUFFER_CLEAR,
          EventType.OUTPUT_AUDIO_BUFFER_CLEAR,
          EventType.CONVERSATION_ITEM_CREATE,
          EventType.CONVERSATION_ITEM_RETRIEVE,
          EventType.CONVERSATION_ITEM_TRUNCATE,
          EventType.CONVERSATION_ITEM_DELETE,
          EventType.RESPONSE_CREATE,
          EventType.RESPONSE_CANCEL);

  private static final Set<String> SESSION_FIELDS = firstSteps("type", "model");
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

  private static final Set<String> ITEMS =
      Set.of("message", "function_call", "function_call_output", "item_reference");
  private static final Set<String> MCP_ITEMS =
      Set.of("mcp_approval_request", "mcp_approval_response", "mcp_call", "mcp_list_tools");
  private static final Set<String> PARTS =
      Set.of(
          "input_text",
          "input_audio",
          "input_image",
          "output_text",
          "output_audio",
          "text",
          "audio");

  /** Roles whose words count as the operator's. */
  private static final Set<String> COMMANDING = Set.of("system", "developer");

  /** Below these a client's own names stand, which mean nothing to the upstream. */
  private static final Set<String> FREE = Set.of("parameters", "metadata", "variables", "headers");

  /** Where the beta had it, and an upstream that understands both may look for it. */
  private static final String BETA_TURN_DETECTION = "turn_detection";

  private static final String INSTRUCTIONS = SessionField.INSTRUCTIONS.path();
  private static final String INVALID = Refusal.INVALID_VALUE;

  private final Tier tier;

  Rules(Tier tier) {
    this.tier = tier;
  }

  /**
   * Whether the client may send events of this type.
   *
   * @param name how it spells a type that is none of the protocol's
   */
  boolean allow(EventType type, Optional<String> name) {
    if (type == EventType.TRANSCRIPTION_SESSION_UPDATE) {
      return false; // sets up a session in a shape that is not judged here, but translated before
    }
    if (tier.events().isEmpty()) {
      return tier.open() || CLIENT_EVENTS.contains(type);
    }
    String spelt = type == EventType.UNKNOWN ? name.orElse("") : type.wireName();
    return tier.events().get().contains(spelt);
  }

  /** Judges an event whose content matters, and takes out of it what may not be set. */
  Optional<Refusal> judge(EventType type, ObjectNode event) {
    @Nullable Refusal refusal = unplainKey(event);
    if (refusal == null) {
      refusal = tier.open() ? openly(type, event) : known(type, event);
    }
    return Optional.ofNullable(refusal);
  }

  /** An open tier is held to its models, and to turns that wait to be answered. */
  private @Nullable Refusal openly(EventType type, ObjectNode event) {
    String where = type == EventType.RESPONSE_CREATE ? "response" : "session";
    if (!(event.get(where) instanceof ObjectNode settings)) {
      return null;
    }
    return tier.gatesTurns() && settings.has(BETA_TURN_DETECTION)
        ? unknown(where + "." + BETA_TURN_DETECTION)
        : model(settings, where);
  }

  private @Nullable Refusal known(EventType type, ObjectNode event) {
    return switch (type) {
      case SESSION_UPDATE -> sessionUpdate(event);
      case RESPONSE_CREATE -> responseCreate(event);
      case CONVERSATION_ITEM_CREATE -> item(event.get("item"), "item");
      default -> null;
    };
  }

  private @Nullable Refusal sessionUpdate(ObjectNode event) {
    if (!(event.get("session") instanceof ObjectNode session)) {
      return new Refusal(INVALID, "Invalid value: 'session' must be an object.");
    }
    Refusal unknown = unknownField(session, SESSION_FIELDS, "session");
    return unknown != null ? unknown : settings(session, "session");
  }

  private @Nullable Refusal responseCreate(ObjectNode event) {
    JsonNode response = event.get("response");
    if (response == null || response.isNull()) {
      return null;
    }
    if (!(response instanceof ObjectNode options)) {
      return new Refusal(INVALID, "Invalid value: 'response' must be an object.");
    }
    Refusal refusal = unknownField(options, RESPONSE_FIELDS, "response");
    if (refusal == null) {
      refusal = settings(options, "response");
    }
    JsonNode input = options.get("input");
    if (refusal != null || input == null || input.isNull()) {
      return refusal;
    }
    if (!input.isArray()) {
      return new Refusal(INVALID, "Invalid value: 'response.input' must be a list.");
    }
    for (JsonNode item : input) {
      refusal = item(item, "response.input");
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  /** What a session and a single response have in common. */
  private @Nullable Refusal settings(ObjectNode settings, String where) {
    Refusal shape = audio(settings, where);
    if (shape != null) {
      return shape;
    }
    tier.session().locked().keySet().forEach(path -> Fields.remove(settings, path));
    Refusal refusal = model(settings, where);
    if (refusal == null) {
      refusal = transcriptionModel(settings, where);
    }
    if (refusal == null && isSet(settings.get("prompt")) && !tier.prompts()) {
      refusal =
          new Refusal(
              "prompt_not_allowed",
              "'%s.prompt' is not allowed: what a stored prompt holds cannot be judged."
                  .formatted(where));
    }
    if (refusal == null) {
      refusal = tools(settings.get("tools"), where);
    }
    if (refusal == null) {
      refusal = toolChoice(settings.get("tool_choice"), where);
    }
    return refusal != null ? refusal : most(settings, where);
  }

  private static @Nullable Refusal audio(ObjectNode settings, String where) {
    JsonNode audio = settings.get("audio");
    if (audio == null) {
      return null;
    }
    if (!(audio instanceof ObjectNode sides)) {
      return new Refusal(INVALID, "Invalid value: '%s.audio' must be an object.".formatted(where));
    }
    for (Map.Entry<String, JsonNode> side : sides.properties()) {
      String path = "audio." + side.getKey();
      Set<String> known = nextSteps(path + ".");
      if (known.isEmpty()) {
        return unknown(where + "." + path);
      }
      if (!(side.getValue() instanceof ObjectNode fields)) {
        return new Refusal(
            INVALID, "Invalid value: '%s.%s' must be an object.".formatted(where, path));
      }
      Refusal refusal = unknownField(fields, known, where + "." + path);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Refusal model(ObjectNode settings, String where) {
    JsonNode model = settings.get("model");
    if (model == null || model.isNull()) {
      return null;
    }
    if (!model.isString()) {
      return new Refusal(INVALID, "Invalid value: '%s.model' must be a string.".formatted(where));
    }
    if (tier.models().allow(model.asString())) {
      return null;
    }
    if (tier.models().rewrites()) {
      settings.remove("model"); // the session has the one that was chosen when it began
      return null;
    }
    return modelRefused(model.asString());
  }

  static Refusal modelRefused(String model) {
    return new Refusal(
        "model_not_allowed", "The model '%s' is not allowed.".formatted(shown(model)));
  }

  private @Nullable Refusal transcriptionModel(ObjectNode settings, String where) {
    Optional<JsonNode> transcription = Fields.get(settings, SessionField.TRANSCRIPTION.path());
    if (transcription.isEmpty() || transcription.get().isNull()) {
      return null;
    }
    JsonNode model = transcription.get().get("model");
    if (model == null || model.isNull() || tier.transcriptionModels().isEmpty()) {
      return null;
    }
    boolean allowed =
        model.isString() && tier.transcriptionModels().get().contains(model.asString());
    return allowed
        ? null
        : new Refusal(
            "model_not_allowed",
            "'%s.%s.model' '%s' is not allowed."
                .formatted(where, SessionField.TRANSCRIPTION.path(), shown(model.asString(""))));
  }

  private @Nullable Refusal tools(@Nullable JsonNode tools, String where) {
    if (!isSet(tools)) {
      return null;
    }
    if (!(tools instanceof ArrayNode list)) {
      return new Refusal(INVALID, "Invalid value: '%s.tools' must be a list.".formatted(where));
    }
    for (JsonNode tool : list) {
      Refusal refusal = tool(tool, where);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Refusal tool(JsonNode tool, String where) {
    return switch (tool.path("type").asString("")) {
      case "function" -> {
        String name = tool.path("name").asString("");
        yield tool.path("name").isString() && allowsTool(name)
            ? null
            : new Refusal(
                "tool_not_allowed", "The tool '%s' is not allowed.".formatted(shown(name)));
      }
      case "mcp" -> tier.mcpTools() ? null : mcp("An 'mcp' tool in '" + where + ".tools'");
      default ->
          new Refusal(
              "tool_not_allowed",
              "Every tool in '%s.tools' must have the type 'function'.".formatted(where));
    };
  }

  private boolean allowsTool(String name) {
    return tier.tools().isEmpty() || tier.tools().get().contains(name);
  }

  private @Nullable Refusal toolChoice(@Nullable JsonNode choice, String where) {
    if (!(choice instanceof ObjectNode named)) {
      return null;
    }
    return switch (named.path("type").asString("")) {
      case "function" -> null; // chooses among the tools there are
      case "mcp" -> tier.mcpTools() ? null : mcp("'" + where + ".tool_choice' of an 'mcp' tool");
      default ->
          new Refusal(
              INVALID, "Invalid value: '%s.tool_choice.type' must be 'function'.".formatted(where));
    };
  }

  private static Refusal mcp(String what) {
    return new Refusal(
        "mcp_not_allowed", what + " is not allowed: it makes the upstream call other servers.");
  }

  private @Nullable Refusal most(ObjectNode settings, String where) {
    for (Map.Entry<String, BigDecimal> bound : tier.session().most().entrySet()) {
      String path = bound.getKey();
      Optional<JsonNode> value = Fields.get(settings, path);
      if (value.isEmpty()) {
        continue;
      }
      JsonNode asked = value.get();
      boolean unbounded = asked.isString() && asked.asString().equals("inf");
      if (!unbounded && !(asked.isNumber() && asked.decimalValue().signum() > 0)) {
        return new Refusal(
            INVALID, "Invalid value: '%s.%s' must be a number above 0.".formatted(where, path));
      }
      if (unbounded || asked.decimalValue().compareTo(bound.getValue()) > 0) {
        Fields.set(settings, path, SetUp.number(bound.getValue()));
      }
    }
    return null;
  }

  private @Nullable Refusal item(@Nullable JsonNode item, String where) {
    if (!(item instanceof ObjectNode fields)) {
      return new Refusal(INVALID, "Invalid value: '%s' must be an object.".formatted(where));
    }
    String type = fields.path("type").asString("");
    if (MCP_ITEMS.contains(type) && !tier.mcpTools()) {
      return mcp("An item of type '" + type + "'");
    }
    if (!ITEMS.contains(type) && !MCP_ITEMS.contains(type)) {
      return new Refusal(
          INVALID, "Invalid value: '%s.type' '%s' is no item's.".formatted(where, shown(type)));
    }
    String role = fields.path("role").asString("");
    if (COMMANDING.contains(role) && tier.session().locks(INSTRUCTIONS)) {
      return new Refusal(
          "role_not_allowed",
          "An item of the role '%s' is not allowed: the instructions are fixed.".formatted(role));
    }
    if (!tier.imageUrls()
        && !fields.findValues("image_url").stream().allMatch(Rules::isInMessage)) {
      return new Refusal(
          "image_url_not_allowed",
          "An 'image_url' must be a data: URL; the upstream fetches no others for you.");
    }
    JsonNode content = fields.get("content");
    if (!isSet(content)) {
      return null;
    }
    if (!(content instanceof ArrayNode parts)) {
      return new Refusal(INVALID, "Invalid value: '%s.content' must be a list.".formatted(where));
    }
    for (JsonNode part : parts) {
      Refusal refusal = part(part, where);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private static @Nullable Refusal part(JsonNode part, String where) {
    String type = part.path("type").asString("");
    return PARTS.contains(type)
        ? null
        : new Refusal(
            INVALID,
            "Invalid value: '%s.content.type' '%s' is no part's.".formatted(where, shown(type)));
  }

  private static boolean isInMessage(JsonNode image) {
    return image.isNull()
        || (image.isString() && image.asString().regionMatches(true, 0, "data:", 0, 5));
  }

  /**
   * A key that a careless parser could take for another, anywhere but where keys are the client's
   * own.
   */
  private static @Nullable Refusal unplainKey(JsonNode node) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getKey();
      if (!isPlain(name)) {
        return unknown(shown(name));
      }
      Refusal below = FREE.contains(name) ? null : unplainKey(field.getValue());
      if (below != null) {
        return below;
      }
    }
    if (node.isArray()) {
      for (JsonNode item : node) {
        Refusal below = unplainKey(item);
        if (below != null) {
          return below;
        }
      }
    }
    return null;
  }

  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  }

  private static @Nullable Refusal unknownField(
      ObjectNode object, Set<String> known, String where) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        return unknown(where + "." + name);
      }
    }
    return null;
  }

  private static Refusal unknown(String path) {
    return new Refusal(Refusal.UNKNOWN_PARAMETER, "Unknown parameter: '%s'.".formatted(path));
  }

  private static boolean isSet(@Nullable JsonNode value) {
    return value != null && !value.isNull();
  }

  /** What a client wrote, as an answer to it may repeat it. */
  private static String shown(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }

  private static Set<String> firstSteps(String... others) {
    Set<String> steps = nextSteps("");
    steps.addAll(Set.of(others));
    return Set.copyOf(steps);
  }

  /** The names that paths of fields go on with behind {@code prefix}. */
  private static Set<String> nextSteps(String prefix) {
    return Arrays.stream(SessionField.values())
        .map(SessionField::path)
        .filter(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()).replaceFirst("\\..*", ""))
        .collect(Collectors.toSet());
  }
}
