package io.donna.gateway.protocol.live;

import io.donna.gateway.policy.PolicyRefusal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks fields against what the protocol has, character for character: what the gateway does not
 * know it cannot judge, and the upstream may know it. Each check returns the refusal, or null.
 */
final class KnownFields {
  private static final int LONGEST_NAME = 128;

  private KnownFields() {}

  /** All of {@code object} are of {@code known}. */
  static @Nullable PolicyRefusal known(ObjectNode object, String path, Set<String> known) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        return PolicyRefusal.unknownField(shown(path.isEmpty() ? name : path + "." + name));
      }
    }
    return null;
  }

  /** The field is missing or null, or one of these strings. */
  static @Nullable PolicyRefusal oneOf(
      ObjectNode object, String path, String name, Set<String> values) {
    JsonNode value = object.path(name);
    return isAbsent(value) || (value.isString() && values.contains(value.asString()))
        ? null
        : invalid(
            "'%s.%s' must be one of %s".formatted(path, name, values.stream().sorted().toList()));
  }

  /** The field is missing or null, or a string. */
  static @Nullable PolicyRefusal text(ObjectNode object, String path, String name) {
    JsonNode value = object.path(name);
    return isAbsent(value) || value.isString()
        ? null
        : invalid("'%s.%s' must be a string".formatted(path, name));
  }

  /** The field is missing or null, or a boolean. */
  static @Nullable PolicyRefusal flag(ObjectNode object, String path, String name) {
    JsonNode value = object.path(name);
    return isAbsent(value) || value.isBoolean()
        ? null
        : invalid("'%s.%s' must be true or false".formatted(path, name));
  }

  /** The field is missing or null, or a whole number from 0 on. */
  static @Nullable PolicyRefusal whole(ObjectNode object, String path, String name) {
    JsonNode value = object.path(name);
    return isAbsent(value) || (value.isInt() && value.asInt() >= 0)
        ? null
        : invalid("'%s.%s' must be a whole number".formatted(path, name));
  }

  /** Whether the node is a name that can be judged, and written to a log. */
  static boolean isName(JsonNode value) {
    return value.isString()
        && !value.asString().isBlank()
        && value.asString().length() <= LONGEST_NAME;
  }

  static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  static PolicyRefusal invalid(String what) {
    return new PolicyRefusal(PolicyRefusal.INVALID_VALUE, "Invalid value: " + what + ".");
  }

  /** A client's text in a message to the client, bounded. */
  static String shown(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }
}
