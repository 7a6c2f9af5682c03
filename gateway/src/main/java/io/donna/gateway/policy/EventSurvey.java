package io.donna.gateway.policy;

import io.donna.gateway.event.EventType;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Collects facts about a client's event in one walk at any depth. It is the only walk, so judging
 * takes as many steps as the event has values.
 */
final class EventSurvey {
  /** Below these fields the client chooses the names, which mean nothing to the upstream. */
  private static final Set<String> FREE = Set.of("parameters", "metadata", "variables", "headers");

  private final EventType type;
  private @Nullable String unplainKey;
  private boolean fetchesImages;
  private long audio;

  private EventSurvey(EventType type) {
    this.type = type;
  }

  static EventSurvey of(EventType type, ObjectNode event) {
    EventSurvey survey = new EventSurvey(type);
    survey.walk(event, 1, true, false);
    return survey;
  }

  /**
   * A key that a lenient parser could confuse with another, outside fields whose keys the client
   * chooses; null if there is none.
   */
  @Nullable String unplainKey() {
    return unplainKey;
  }

  /** Whether an item has an image that the upstream would have to fetch. */
  boolean fetchesImages() {
    return fetchesImages;
  }

  /** The length of the audio in its items, in base64 characters. */
  long audio() {
    return audio;
  }

  private void walk(JsonNode node, int depth, boolean ofProtocol, boolean inItem) {
    if (node.isArray()) {
      for (JsonNode item : node) {
        walk(item, depth + 1, ofProtocol, inItem);
      }
      return;
    }
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (ofProtocol && unplainKey == null && !isPlain(name)) {
        unplainKey = name;
      }
      if (inItem) {
        fetchesImages |= name.equals("image_url") && !isInMessage(value);
        audio += name.equals("audio") && value.isString() ? value.asString().length() : 0;
      }
      walk(value, depth + 1, ofProtocol && !FREE.contains(name), inItem || holdsItems(name, depth));
    }
  }

  private boolean holdsItems(String name, int depth) {
    return switch (type) {
      case CONVERSATION_ITEM_CREATE -> depth == 1 && name.equals("item");
      case RESPONSE_CREATE -> depth == 2 && name.equals("input");
      default -> false;
    };
  }

  private static boolean isInMessage(JsonNode image) {
    return image.isNull()
        || (image.isString() && image.asString().regionMatches(true, 0, "data:", 0, 5));
  }

  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  }
}
