package io.donna.simulator.protocol;

import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeType;

/**
 * A schema for a value in a client event. It reports the first violation with the API's error
 * message.
 */
public sealed interface Shape {

  Optional<ProtocolError> check(String path, JsonNode value);

  /** Any JSON value: the API accepts it and the simulator ignores it. */
  record Anything() implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return Optional.empty();
    }
  }

  /** Any JSON object. */
  record AnyObject() implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return value.isObject() ? Optional.empty() : wrongType(path, value, "an object");
    }
  }

  record Text() implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return value.isString() ? Optional.empty() : wrongType(path, value, "a string");
    }
  }

  /** A base64 string. */
  record Encoded() implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isString()) {
        return wrongType(path, value, "a string");
      }
      try {
        Base64.getDecoder().decode(value.stringValue());
        return Optional.empty();
      } catch (IllegalArgumentException notBase64) {
        String message = "Invalid '" + path + "': expected base64-encoded bytes.";
        return Optional.of(ProtocolError.invalidValue(path, message));
      }
    }
  }

  record Choice(List<String> values) implements Shape {
    public Choice(String... values) {
      this(List.of(values));
    }

    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isString()) {
        return wrongType(path, value, "a string");
      }
      return values.contains(value.stringValue())
          ? Optional.empty()
          : Optional.of(ProtocolError.unsupported(path, value.stringValue(), values));
    }
  }

  record Flag() implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return value.isBoolean() ? Optional.empty() : wrongType(path, value, "a boolean");
    }
  }

  record Whole(long least, long most) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isIntegralNumber()) {
        return wrongType(path, value, "an integer");
      }
      return outOfRange(path, value, "integer", least, most);
    }
  }

  /** One of a few numbers. */
  record Rate(List<Integer> values) implements Shape {
    public Rate(Integer... values) {
      this(List.of(values));
    }

    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isIntegralNumber()) {
        return wrongType(path, value, "an integer");
      }
      return value.canConvertToInt() && values.contains(value.intValue())
          ? Optional.empty()
          : Optional.of(
              ProtocolError.unsupported(
                  path, value.asString(), values.stream().map(String::valueOf).toList()));
    }
  }

  record Decimal(double least, double most) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isNumber()) {
        return wrongType(path, value, "a number");
      }
      return outOfRange(path, value, "decimal", least, most);
    }
  }

  record Listing(Shape element) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isArray()) {
        return wrongType(path, value, "an array");
      }
      for (int i = 0; i < value.size(); i++) {
        Optional<ProtocolError> error = element.check(path + "[" + i + "]", value.get(i));
        if (error.isPresent()) {
          return error;
        }
      }
      return Optional.empty();
    }
  }

  /** Null or a value of the other shape. */
  record OrNull(Shape shape) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return value.isNull() ? Optional.empty() : shape.check(path, value);
    }
  }

  /**
   * One shape for strings and another for all other values: `"auto"` or an object, `"inf"` or a
   * number.
   */
  record TextOr(Choice text, Shape other) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      return (value.isString() ? text : other).check(path, value);
    }
  }

  /** An object that has all required fields and no unknown ones. */
  record Fields(Map<String, Shape> known, List<String> required) implements Shape {
    /** An object whose fields are all optional, given as alternating names and shapes. */
    public static Fields object(Object... namesAndShapes) {
      return required(List.of(), namesAndShapes);
    }

    /** An object with some required fields. */
    public static Fields required(List<String> required, Object... namesAndShapes) {
      Map<String, Shape> known = new HashMap<>();
      for (int i = 0; i < namesAndShapes.length; i += 2) {
        known.put((String) namesAndShapes[i], (Shape) namesAndShapes[i + 1]);
      }
      return new Fields(known, required);
    }

    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isObject()) {
        return wrongType(path, value, "an object");
      }
      for (String name : required) {
        if (!value.has(name)) {
          return Optional.of(ProtocolError.missingParameter(join(path, name)));
        }
      }
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        Shape shape = known.get(field.getKey());
        if (shape == null) {
          return Optional.of(ProtocolError.unknownParameter(join(path, field.getKey())));
        }
        Optional<ProtocolError> error = shape.check(join(path, field.getKey()), field.getValue());
        if (error.isPresent()) {
          return error;
        }
      }
      return Optional.empty();
    }
  }

  /** An object whose `type` determines its other fields. */
  record Tagged(Map<String, Fields> kinds) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isObject()) {
        return wrongType(path, value, "an object");
      }
      String typePath = join(path, "type");
      if (!value.has("type")) {
        return Optional.of(ProtocolError.missingParameter(typePath));
      }
      Fields fields = kinds.get(value.get("type").asString(""));
      return fields != null
          ? fields.check(path, value)
          : new Choice(kinds.keySet().stream().sorted().toList())
              .check(typePath, value.get("type"));
    }
  }

  /** An object of one of these types, whose other fields are not described. */
  record Typed(List<String> types) implements Shape {
    @Override
    public Optional<ProtocolError> check(String path, JsonNode value) {
      if (!value.isObject()) {
        return wrongType(path, value, "an object");
      }
      return value.has("type")
          ? new Choice(types).check(join(path, "type"), value.get("type"))
          : Optional.of(ProtocolError.missingParameter(join(path, "type")));
    }
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static Optional<ProtocolError> outOfRange(
      String path, JsonNode value, String kind, Number least, Number most) {
    boolean below = value.doubleValue() < least.doubleValue();
    if (!below && value.doubleValue() <= most.doubleValue()) {
      return Optional.empty();
    }
    String message =
        "Invalid '%s': %s %s value. Expected a value %s %s, but got %s instead."
            .formatted(
                path,
                kind,
                below ? "below minimum" : "above maximum",
                below ? ">=" : "<=",
                below ? least : most,
                value);
    String code = kind + (below ? "_below_min_value" : "_above_max_value");
    return Optional.of(ProtocolError.invalidRequest(code, message, path));
  }

  private static Optional<ProtocolError> wrongType(String path, JsonNode value, String expected) {
    String got =
        switch (value.getNodeType()) {
          case JsonNodeType.ARRAY -> "an array";
          case JsonNodeType.BOOLEAN -> "a boolean";
          case JsonNodeType.NULL -> "null";
          case JsonNodeType.NUMBER -> value.isIntegralNumber() ? "an integer" : "a decimal";
          case JsonNodeType.STRING -> "a string";
          case JsonNodeType.OBJECT -> "an object";
          case JsonNodeType.BINARY, JsonNodeType.MISSING, JsonNodeType.POJO -> "something else";
        };
    return Optional.of(
        ProtocolError.invalidRequest(
            "invalid_type",
            "Invalid type for '%s': expected %s, but got %s instead."
                .formatted(path, expected, got),
            path));
  }
}
