package io.donna.gateway.guard;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Objects of the protocol's, whose own fields are known: what says how to read them is no text of a
 * client's, but only where the protocol has the field and the value is one of the protocol's. All
 * else is free: its names and its numbers are read, too, as a model may read them. Immutable.
 */
enum Structure {
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

  /** What {@code tool_choice} is, where it names no tool. */
  private static final Set<String> CHOICES = Set.of("none", "auto", "required");

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Of a part: strings that are no text. */
  private static final Set<String> MEDIA = Set.of("audio", "image_url");

  /** Hands over every text in {@code node}, which is one of these or a list of them. */
  void collect(JsonNode node, Consumer<String> texts) {
    if (node.isArray()) {
      node.forEach(one -> collect(one, texts));
    } else if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        collect(field.getKey(), field.getValue(), texts);
      }
    } else if (this != SETTING || !CHOICES.contains(node.asString(""))) {
      Texts.collectAll(node, texts);
    }
  }

  private void collect(String name, JsonNode value, Consumer<String> texts) {
    if (!FIELDS.contains(name)) {
      texts.accept(name);
    }
    if (this == ITEM && value.isArray() && (name.equals("content") || name.equals("output"))) {
      PART.collect(value, texts);
    } else if (this == ITEM && value.isArray() && name.equals("tools")) {
      SETTING.collect(value, texts);
    } else if (!isOfProtocol(name, value)) {
      Texts.collectAll(value, texts);
    }
  }

  private boolean isOfProtocol(String name, JsonNode value) {
    if (!value.isString()) {
      return false;
    }
    String text = value.asString();
    return (this == PART && MEDIA.contains(name))
        || (this != PART && name.equals("id") && ID.matcher(text).matches())
        || VALUES.getOrDefault(name, Set.of()).contains(text);
  }
}
