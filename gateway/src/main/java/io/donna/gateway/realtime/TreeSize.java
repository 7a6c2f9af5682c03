package io.donna.gateway.realtime;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Estimates the length of a tree as UTF-8: its strings, and some bytes for every value. */
final class TreeSize {
  /** Estimated bytes of punctuation, numbers and literals. */
  private static final int BYTES_PER_VALUE = 6;

  private TreeSize() {}

  static int of(JsonNode tree) {
    return (int) Math.min(Integer.MAX_VALUE, size(tree));
  }

  private static long size(JsonNode node) {
    if (node.isString()) {
      return BYTES_PER_VALUE + written(node.asString());
    }
    long size = BYTES_PER_VALUE;
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        size += written(member.getKey()) + size(member.getValue());
      }
    } else if (node.isArray()) {
      for (JsonNode item : node) {
        size += size(item);
      }
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
      if (c >= 0x80) {
        // A surrogate pair takes four bytes.
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
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
