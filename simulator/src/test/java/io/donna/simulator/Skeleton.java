package io.donna.simulator;

import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The fields of an event in their order, with the kinds of their values instead of the values. */
final class Skeleton {
  private Skeleton() {}

  static String of(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT ->
          value.properties().stream()
              .map(field -> field.getKey() + ":" + of(field.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case ARRAY ->
          value
              .valueStream()
              .map(Skeleton::of)
              .distinct()
              .collect(Collectors.joining(",", "[", "]"));
      case NUMBER -> value.isIntegralNumber() ? "integer" : "decimal";
      case STRING -> "string";
      default -> value.toString();
    };
  }
}
