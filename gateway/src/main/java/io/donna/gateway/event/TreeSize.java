package io.donna.gateway.event;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The length of a tree as an {@link Event} writes it: never too low, and too high by no more than
 * some bytes of punctuation for every value.
 */
final class TreeSize {
  /** The quotes and the colon of its name, its own quotes or brackets, and a comma. */
  private static final int PUNCTUATION = 6;

  private static final int LONGEST_LITERAL = "false".length();

  /** A half of a surrogate pair that stands alone: an escape such as {@code \\ud800}. */
  private static final int LONE_SURROGATE = 6;

  private TreeSize() {}

  static int of(JsonNode tree) {
    return (int) Math.min(Integer.MAX_VALUE, size(tree));
  }

  private static long size(JsonNode node) {
    long size = PUNCTUATION;
    if (node.isString()) {
      size += written(node.asString());
    } else if (node.isNumber()) {
      size += node.asString().length();
    } else if (node.isObject()) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        size += written(member.getKey()) + size(member.getValue());
      }
    } else if (node.isArray()) {
      for (JsonNode item : node) {
        size += size(item);
      }
    } else {
      size += LONGEST_LITERAL;
    }
    return size;
  }

  /**
   * The serialized length in bytes. Counted, not encoded, because a copy of megabytes would be
   * garbage at once.
   */
  private static long written(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (LoneSurrogates.isAt(text, i)) {
          bytes += LONE_SURROGATE - 1;
        } else {
          bytes += 2; // a pair takes four bytes
          i++;
        }
      } else if (c >= 0x80) {
        bytes += c < 0x800 ? 1 : 2;
      } else if (c == '"' || c == '\\') {
        bytes++;
      } else if (c < ' ') {
        bytes += isShort(c) ? 1 : 5;
      }
    }
    return bytes;
  }

  /** Whether its escape has two characters, not six. */
  private static boolean isShort(char control) {
    return switch (control) {
      case '\b', '\t', '\n', '\f', '\r' -> true;
      default -> false;
    };
  }
}
