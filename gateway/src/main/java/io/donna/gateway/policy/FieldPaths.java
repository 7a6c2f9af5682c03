package io.donna.gateway.policy;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes fields of a session by path, such as {@code audio.output.voice}. */
final class FieldPaths {
  private FieldPaths() {}

  static Optional<JsonNode> get(ObjectNode session, String path) {
    ObjectNode parent = parent(session, path, false);
    return parent == null ? Optional.empty() : Optional.ofNullable(parent.get(name(path)));
  }

  /** Returns whether the field was there. */
  static boolean remove(ObjectNode session, String path) {
    ObjectNode parent = parent(session, path, false);
    return parent != null && parent.remove(name(path)) != null;
  }

  static void set(ObjectNode session, String path, JsonNode value) {
    ObjectNode parent = parent(session, path, true);
    if (parent != null) {
      parent.set(name(path), value);
    }
  }

  private static @Nullable ObjectNode parent(ObjectNode session, String path, boolean make) {
    ObjectNode at = session;
    for (int from = 0, dot; (dot = path.indexOf('.', from)) >= 0; from = dot + 1) {
      String step = path.substring(from, dot);
      JsonNode next = at.get(step);
      if (next instanceof ObjectNode object) {
        at = object;
      } else if (make) {
        at = at.putObject(step);
      } else {
        return null;
      }
    }
    return at;
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }
}
