package io.donna.simulator.speech;

import io.donna.simulator.protocol.Json;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Derives a function's arguments from the user's words. */
public final class ToolArguments {
  /** A capitalised word that does not begin a sentence: most often a name. */
  private static final Pattern NAME = Pattern.compile("(?<=[\\p{L}\\p{N},;:]\\s)\\p{Lu}\\p{L}+");

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final String words;
  private final Deque<String> names;
  private final Deque<String> numbers;

  public ToolArguments(String words) {
    this.words = words;
    this.names = matches(NAME, words);
    this.numbers = matches(NUMBER, words);
  }

  /** Arguments for the JSON schema of an object, in the schema's order. */
  public ObjectNode fill(JsonNode schema) {
    ObjectNode arguments = Json.object();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      arguments.set(property.getKey(), value(property.getValue()));
    }
    return arguments;
  }

  private JsonNode value(JsonNode schema) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (!schema.path("enum").isEmpty()) {
      return choice(schema.get("enum"));
    }
    return switch (schema.path("type").asString("string")) {
      case "integer", "number" -> json.numberNode(numbers.isEmpty() ? 1 : number());
      case "boolean" -> json.booleanNode(true);
      case "array" -> Json.array().add(value(schema.path("items")));
      case "object" -> fill(schema);
      case "null" -> json.nullNode();
      default -> json.stringNode(names.isEmpty() ? words : names.removeFirst());
    };
  }

  private long number() {
    String digits = numbers.removeFirst();
    return Long.parseLong(digits.substring(0, Math.min(digits.length(), 18)));
  }

  /** The value that the user named, or the first one. */
  private JsonNode choice(JsonNode values) {
    String heard = words.toLowerCase(Locale.ROOT);
    return values
        .valueStream()
        .filter(value -> heard.contains(value.asString("\0").toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElse(values.get(0));
  }

  private static Deque<String> matches(Pattern pattern, String words) {
    return pattern
        .matcher(words)
        .results()
        .map(MatchResult::group)
        .collect(ArrayDeque::new, Deque::add, Deque::addAll);
  }
}
