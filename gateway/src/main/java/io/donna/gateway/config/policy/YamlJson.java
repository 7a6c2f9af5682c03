package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts a YAML value to JSON. Aliases are expanded, and a few lines can expand to billions of
 * nodes, so a value has at most {@value #MOST_NODES} nodes.
 */
final class YamlJson {
  static final int MOST_NODES = 10_000;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final YamlProblems problems;
  private int nodes;

  private YamlJson(YamlProblems problems) {
    this.problems = problems;
  }

  static JsonNode of(Node node, YamlProblems problems) {
    return new YamlJson(problems).json(node);
  }

  private JsonNode json(Node node) {
    if (node.isRecursive()) {
      problems.add(YamlMap.line(node), "contains itself through an alias");
      return JSON.nullNode();
    }
    nodes++;
    if (nodes > MOST_NODES) {
      problems.add(
          YamlMap.line(node), "has more than " + MOST_NODES + " nodes once aliases are expanded");
      return JSON.nullNode();
    }
    return switch (node) {
      case ScalarNode scalar -> json(scalar);
      case SequenceNode list -> {
        ArrayNode array = JSON.arrayNode();
        for (Node item : list.getValue()) {
          if (nodes <= MOST_NODES) {
            array.add(json(item));
          }
        }
        yield array;
      }
      case MappingNode mapping -> {
        ObjectNode object = JSON.objectNode();
        new YamlMap(mapping, problems)
            .values()
            .forEach((name, value) -> {
              if (nodes <= MOST_NODES) {
                object.set(name, json(value));
              }
            });
        yield object;
      }
      default -> {
        problems.add(YamlMap.line(node), "an alias has no JSON equivalent");
        yield JSON.nullNode();
      }
    };
  }

  private static JsonNode json(ScalarNode scalar) {
    if (scalar.getTag().equals(Tag.NULL)) {
      return JSON.nullNode();
    }
    if (scalar.getTag().equals(Tag.BOOL)) {
      return JSON.booleanNode(Boolean.parseBoolean(scalar.getValue()));
    }
    return YamlMap.decimal(scalar)
        .map(YamlJson::number)
        .orElseGet(() -> JSON.stringNode(scalar.getValue()));
  }

  private static JsonNode number(BigDecimal value) {
    return value.scale() <= 0 && value.precision() - value.scale() < 19
        ? JSON.numberNode(value.longValueExact())
        : JSON.numberNode(value);
  }
}
