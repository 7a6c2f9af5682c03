package io.donna.gateway.guard;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.JsonKey;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An upstream event as the guards read it. Parsed once, and only if something below its top level
 * is needed. Valid during the call that delivers it.
 */
final class UpstreamEvent {
  /** The longest ID, in characters. */
  private static final int LONGEST_ID = 1_024;

  /** The longest path to a text, in characters: two IDs and the fields between. */
  private static final int LONGEST_PATH = 4 * LONGEST_ID;

  /** Fields that identify or classify, and hold no words. */
  private static final Set<String> NAMES =
      Set.of("type", "id", "object", "status", "role", "obfuscation");

  /** Types of items that no assistant makes. */
  private static final Set<String> OF_OTHERS =
      Set.of("function_call_output", "mcp_approval_response", "mcp_list_tools", "item_reference");

  private static final Set<String> OTHERS = Set.of("user", "system", "developer");

  private final Event event;
  private @Nullable ObjectNode tree;
  private boolean isParsed;
  private boolean isUnreadable;

  UpstreamEvent(Event event) {
    this.event = event;
  }

  /**
   * Whether a client may read it differently than the gateway does, or cannot read it. Lone
   * surrogates are allowed: some upstreams cut an emoji in half.
   */
  static boolean isFaulty(Event event) {
    Fault fault = event.fault();
    return !event.isText() || (fault != Fault.NONE && fault != Fault.LONE_SURROGATE);
  }

  Event event() {
    return event;
  }

  EventType type() {
    return event.type();
  }

  /** Whether a requested field could not be read. */
  boolean isUnreadable() {
    return isUnreadable;
  }

  Optional<ObjectNode> object() {
    if (!isParsed) {
      isParsed = true;
      tree = event.tree().orElse(null);
      isUnreadable |= tree == null;
    }
    return Optional.ofNullable(tree);
  }

  JsonNode tree() {
    return object().map(JsonNode.class::cast).orElseGet(MissingNode::getInstance);
  }

  /** The response ID that it names; empty for none. */
  String response() {
    if (event.has(JsonKey.RESPONSE_ID)) {
      return top(JsonKey.RESPONSE_ID, "response_id");
    }
    return switch (type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_OUTPUT_AUDIO_DONE -> "";
      default -> id(tree().path("response").path("id"));
    };
  }

  /** The item ID that it names; empty for none. */
  String item() {
    return event.has(JsonKey.ITEM_ID)
        ? top(JsonKey.ITEM_ID, "item_id")
        : id(tree().path("item").path("id"));
  }

  private String top(JsonKey key, String name) {
    return event.string(key).orElseGet(() -> id(tree().path(name)));
  }

  private String id(JsonNode node) {
    String id = node.asString("");
    boolean absent = node.isMissingNode() || node.isNull();
    isUnreadable |= !absent && (!node.isString() || id.length() > LONGEST_ID);
    return id;
  }

  /** Whether it may carry words of an assistant's, given that its item is unknown. */
  boolean isOfAssistant() {
    return switch (type()) {
      case CONVERSATION_ITEM_DELETED,
          CONVERSATION_ITEM_TRUNCATED,
          CONVERSATION_CREATED,
          MCP_LIST_TOOLS_IN_PROGRESS,
          MCP_LIST_TOOLS_COMPLETED,
          MCP_LIST_TOOLS_FAILED ->
          false;
      case CONVERSATION_ITEM_ADDED,
          CONVERSATION_ITEM_CREATED,
          CONVERSATION_ITEM_DONE,
          CONVERSATION_ITEM_RETRIEVED ->
          isMadeByAssistant(tree().path("item"));
      default -> true;
    };
  }

  /** Whether it may belong to the running response, given that it names none. */
  boolean mayBeOf(JudgedResponse running) {
    return switch (type()) {
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED, CONVERSATION_ITEM_DONE -> true;
      case CONVERSATION_ITEM_RETRIEVED -> false; // sent whenever a client asks for it
      default -> !running.isFixed();
    };
  }

  private static boolean isMadeByAssistant(JsonNode item) {
    String type = item.path("type").asString("");
    return !OF_OTHERS.contains(type) && !OTHERS.contains(item.path("role").asString(""));
  }

  /**
   * Passes on every text at or below {@code node} that is not an ID, with the path to it.
   *
   * @return whether that was all; false if {@code reader} wanted no more, or a path is longer than
   *     any that is meaningful: a path of nested names for each of thousands of texts takes a
   *     gigabyte
   */
  static boolean texts(JsonNode node, String path, BiPredicate<String, String> reader) {
    if (path.length() > LONGEST_PATH) {
      return false;
    }
    if (node.isString()) {
      return reader.test(path, node.asString());
    }
    if (node.isArray()) {
      int index = 0;
      for (JsonNode element : node) {
        if (!texts(element, path + "/" + index++, reader)) {
          return false;
        }
      }
      return true;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getKey();
      if (!NAMES.contains(name)
          && !name.endsWith("_id")
          && !texts(field.getValue(), path + "/" + name, reader)) {
        return false;
      }
    }
    return true;
  }
}
