package io.donna.gateway.realtime;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** About how long a tree is as text: its strings, and some bytes for every value. */
final class TreeSize {
  /** Punctuation, numbers and literals. */
  private static final int BYTES_A_VALUE = 6;

  private TreeSize() {}

  static int of(JsonNode tree) {
    return (int) Math.min(Integer.MAX_VALUE, size(tree));
  }

  private static long size(JsonNode node) {
    if (node.isString()) {
      return BYTES_A_VALUE + (long) node.asString().length();
    }
    long size = BYTES_A_VALUE;
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        size += member.getKey().length() + size(member.getValue());
      }
    } else if (node.isArray()) {
      for (JsonNode item : node) {
        size += size(item);
      }
    }
    return size;
  }
}
