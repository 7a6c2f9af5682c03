package io.donna.gateway.guard;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The objects of the protocol whose fields are known. A field that only structures the message is
 * not judged, if it stands where the protocol has it and its value is one of the protocol's.
 * Everything else is judged, including names and numbers, because a model may read them. Immutable.
 */
enum ProtocolStructure {
  ITEM,
  PART,
  /** A tool, the choice of one, a prompt, or plain instructions. */
  SETTING;

  private static final Set<String> FIELDS =
      Set.of(
          "id",
          "object",
          "type",
          "status",
          "role",
          "content",
          "call_id",
          "name",
          "arguments",
          "output",
          "error",
          "server_label",
          "approval_request_id",
          "approve",
          "reason",
          "tools",
          "text",
          "audio",
          "transcript",
          "image_url",
          "detail",
          "description",
          "parameters",
          "strict",
          "input_schema",
          "annotations",
          "server_url",
          "server_description",
          "connector_id",
          "authorization",
          "headers",
          "allowed_tools",
          "require_approval",
          "version",
          "variables");

  private static final Map<String, Set<String>> VALUES =
      Map.of(
          "type",
          Set.of(
              "message",
              "function_call",
              "function_call_output",
              "item_reference",
              "mcp_approval_request",
              "mcp_approval_response",
              "mcp_call",
              "mcp_list_tools",
              "input_text",
              "input_audio",
              "input_image",
              "output_text",
              "output_audio",
              "text",
              "audio",
              "function",
              "mcp"),
          "object",
          Set.of("realtime.item"),
          "role",
          Set.of("user", "assistant", "system", "developer"),
          "status",
          Set.of("completed", "incomplete", "in_progress"),
          "detail",
          Set.of("auto", "low", "high"));

  /** Values of {@code tool_choice} that name no tool. */
  private static final Set<String> CHOICES = Set.of("none", "auto", "required");

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Types of audio parts. A model reads at most their transcript. */
  private static final Set<String> SOUND = Set.of("input_audio", "output_audio", "audio");

  /** Fields of an item that hold lists of parts. */
  private static final Set<String> PARTS = Set.of("content", "output");

  /** An inline image (RFC 2397), which no model reads as text. */
  private static final Pattern IMAGE = Pattern.compile("data:image/[a-z0-9.+-]{1,32};base64,");

  /**
   * Passes on every text in {@code node}, which is one of these objects or a list of them. The
   * words of an item's parts come first, in one sequence, as a model reads them, whatever else a
   * client puts between them.
   */
  void collect(JsonNode node, Consumer<String> texts) {
    if (this == ITEM) {
      collectSpoken(node, texts);
    }
    collectRest(node, texts);
  }

  private static void collectSpoken(JsonNode items, Consumer<String> texts) {
    if (items.isArray()) {
      items.forEach(item -> collectSpoken(item, texts));
    } else {
      for (String name : PARTS) {
        JsonNode parts = items.path(name);
        if (parts.isArray()) {
          collectSpokenOf(parts, texts);
        }
      }
    }
  }

  private static void collectSpokenOf(JsonNode parts, Consumer<String> texts) {
    if (parts.isArray()) {
      parts.forEach(part -> collectSpokenOf(part, texts));
    } else if (parts.path(spoken(parts)).isString()) {
      JudgedTexts.collectAll(parts.path(spoken(parts)), texts);
    }
  }

  /** The field that holds a part's words. */
  private static String spoken(JsonNode part) {
    return isSound(part) ? "transcript" : "text";
  }

  private static boolean isSound(JsonNode part) {
    return SOUND.contains(part.path("type").asString(""));
  }

  private void collectRest(JsonNode node, Consumer<String> texts) {
    if (node.isArray()) {
      node.forEach(one -> collectRest(one, texts));
    } else if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        collectField(node, field.getKey(), field.getValue(), texts);
      }
    } else if (this != SETTING || !CHOICES.contains(node.asString(""))) {
      JudgedTexts.collectAll(node, texts);
    }
  }

  private void collectField(JsonNode holder, String name, JsonNode value, Consumer<String> texts) {
    if (!FIELDS.contains(name)) {
      texts.accept(name);
    }
    if (this == ITEM && value.isArray() && PARTS.contains(name)) {
      PART.collectRest(value, texts);
    } else if (this == ITEM && value.isArray() && name.equals("tools")) {
      SETTING.collectRest(value, texts);
    } else if (!isOfProtocol(holder, name, value)) {
      JudgedTexts.collectAll(value, texts);
    }
  }

  private boolean isOfProtocol(JsonNode holder, String name, JsonNode value) {
    if (!value.isString()) {
      return false;
    }
    String text = value.asString();
    return (this == PART && (name.equals(spoken(holder)) || isMedium(holder, name, text)))
        || (this != PART && name.equals("id") && ID.matcher(text).matches())
        || VALUES.getOrDefault(name, Set.of()).contains(text);
  }

  /** Whether it is audio or an image, in the field where the protocol has it. */
  private static boolean isMedium(JsonNode part, String name, String text) {
    return switch (name) {
      case "audio" -> isSound(part);
      case "image_url" ->
          part.path("type").asString("").equals("input_image") && IMAGE.matcher(text).lookingAt();
      default -> false;
    };
  }
}
