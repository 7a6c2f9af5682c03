package io.donna.gateway.realtime;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** About how long a tree is as UTF-8: its strings, and some bytes for every value. */
final class TreeSize {
  /** Punctuation, numbers and literals. */
  private static final int BYTES_A_VALUE = 6;

  private TreeSize() {}

  static int of(JsonNode tree) {
    return (int) Math.min(Integer.MAX_VALUE, size(tree));
  }

  private static long size(JsonNode node) {
    if (node.isString()) {
      return BYTES_A_VALUE + written(node.asString());
    }
    long size = BYTES_A_VALUE;
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

  /** In bytes; counted and not encoded, as a copy of megabytes would be garbage at once. */
  private static long written(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        // A surrogate is half of four bytes.
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      } else if (c == '"' || c == '\\') {
        bytes++;
      } else if (c < ' ') {
        bytes += isShort(c) ? 1 : 5;
      }
    }
    return bytes;
  }

  /** Whether the escape is of two characters, and not of six. */
  private static boolean isShort(char control) {
    return switch (control) {
      case '\b', '\t', '\n', '\f', '\r' -> true;
      default -> false;
    };
  }
}
