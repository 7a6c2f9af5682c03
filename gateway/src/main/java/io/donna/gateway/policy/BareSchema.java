package io.donna.gateway.policy;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reduces a tool's JSON schema to its structure, where no text of the client's may reach the model:
 * the parameters' names, their types, and which are required.
 */
final class BareSchema {
  /** A parameter name that cannot hold a sentence. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,32}");

  /** Parameters of one tool, at all depths. */
  private static final int MAX_PARAMETERS = 32;

  private static final Set<String> TYPES =
      Set.of("string", "number", "integer", "boolean", "object", "array", "null");

  private int parameters;

  private BareSchema() {}

  static ObjectNode of(ObjectNode schema) {
    return new BareSchema().bare(schema);
  }

  private ObjectNode bare(ObjectNode schema) {
    ObjectNode bare = JsonNodeFactory.instance.objectNode();
    if (TYPES.contains(KnownValues.text(schema, "type"))) {
      bare.set("type", schema.get("type"));
    }
    if (schema.get("properties") instanceof ObjectNode properties) {
      ObjectNode kept = bare.putObject("properties");
      for (Map.Entry<String, JsonNode> each : properties.properties()) {
        if (each.getValue() instanceof ObjectNode below
            && NAME.matcher(each.getKey()).matches()
            && parameters < MAX_PARAMETERS) {
          parameters++;
          kept.set(each.getKey(), bare(below));
        }
      }
      if (schema.get("required") instanceof ArrayNode required) {
        putRequired(bare, required, kept);
      }
    }
    if (schema.get("items") instanceof ObjectNode items) {
      bare.set("items", bare(items));
    }
    JsonNode more = schema.path("additionalProperties");
    if (more.isBoolean()) {
      bare.set("additionalProperties", more);
    }
    return bare;
  }

  private static void putRequired(ObjectNode bare, ArrayNode required, ObjectNode kept) {
    ArrayNode still = bare.putArray("required");
    for (JsonNode each : required) {
      if (each.isString() && kept.has(each.asString()) && still.size() < kept.size()) {
        still.add(each);
      }
    }
  }
}
