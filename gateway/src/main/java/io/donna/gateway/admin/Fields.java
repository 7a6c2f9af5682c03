package io.donna.gateway.admin;

import io.donna.gateway.edge.Request;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a body or a query: reads each, collects every problem instead of stopping at the
 * first, and refuses fields that nothing has read. After a problem, continues with a default.
 */
public final class Fields {
  private static final int LONGEST_REASON = 200;

  /** As in {@code auth.Claims}. */
  private static final int LONGEST_NAME = 1_024;

  private final Map<String, JsonNode> given = new LinkedHashMap<>();
  private final Set<String> read = new HashSet<>();
  private final Map<String, String> problems = new LinkedHashMap<>();

  private Fields() {}

  static Fields of(ObjectNode body) {
    Fields fields = new Fields();
    body.forEachEntry(fields.given::put);
    return fields;
  }

  static Fields of(Request request) {
    Fields fields = new Fields();
    try {
      Map<String, List<String>> all =
          new QueryStringDecoder(request.target().origin()).parameters();
      all.forEach((name, values) -> {
        fields.given.put(name, JsonNodeFactory.instance.stringNode(values.getFirst()));
        if (values.size() > 1) {
          fields.problem(name, "may be given once");
        }
      });
    } catch (IllegalArgumentException notDecodable) {
      fields.problem("query", "cannot be decoded");
    }
    return fields;
  }

  void problem(String name, String text) {
    problems.putIfAbsent(name, text);
  }

  public boolean has(String name) {
    return given.containsKey(name);
  }

  /** Text without control characters. */
  public Optional<String> optionalText(String name, int longest) {
    return text(
        name,
        longest,
        text -> !text.isBlank() && text.chars().noneMatch(Character::isISOControl),
        ", without control characters");
  }

  /**
   * The name of a user, a tenant or a token: whatever a token may contain, as whoever is let in by
   * a name must not be out of reach by the same.
   */
  Optional<String> optionalName(String name) {
    return text(name, LONGEST_NAME, text -> !text.isEmpty(), "");
  }

  private Optional<String> text(
      String name, int longest, Predicate<String> allowed, String condition) {
    return value(
        name,
        node ->
            Optional.of(node)
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .filter(text -> text.length() <= longest)
                .filter(allowed),
        "must be text of 1 to " + longest + " characters" + condition);
  }

  public String text(String name, int longest) {
    return required(name, optionalText(name, longest), "");
  }

  /** Why an operator acts: for the log and, where a session ends, for its client. */
  public String reason() {
    return text("reason", LONGEST_REASON);
  }

  public boolean flag(String name) {
    return required(
        name,
        value(
            name,
            node -> Optional.of(node).filter(JsonNode::isBoolean).map(JsonNode::asBoolean),
            "must be true or false"),
        false);
  }

  public OptionalInt optionalInteger(String name, int lowest, int highest) {
    return value(
            name,
            node -> integer(node).filter(number -> number >= lowest && number <= highest),
            "must be a whole number from " + lowest + " to " + highest)
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  public int integer(String name, int lowest, int highest) {
    OptionalInt number = optionalInteger(name, lowest, highest);
    return required(
        name, number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty(), 1);
  }

  /** A number, or in a query the digits of one. */
  private static Optional<Integer> integer(JsonNode node) {
    if (node.isIntegralNumber() && node.canConvertToInt()) {
      return Optional.of(node.asInt());
    }
    String text = node.isString() ? node.asString() : "";
    return text.matches("[0-9]{1,9}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
  }

  public Optional<Instant> optionalInstant(String name) {
    return value(name, Fields::instant, "must be a time such as 2026-11-24T12:00:00Z");
  }

  private static Optional<Instant> instant(JsonNode node) {
    try {
      return node.isString() ? Optional.of(Instant.parse(node.asString())) : Optional.empty();
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }

  /** A value that {@code parse} makes of text. */
  public <T> Optional<T> optional(
      String name, Function<String, Optional<T>> parse, String expected) {
    return value(
        name,
        node -> node.isString() ? parse.apply(node.asString()) : Optional.empty(),
        "must be " + expected);
  }

  private <T> Optional<T> value(
      String name, Function<JsonNode, Optional<T>> parse, String expected) {
    read.add(name);
    JsonNode node = given.get(name);
    if (node == null || node.isNull()) {
      return Optional.empty();
    }
    Optional<T> parsed = parse.apply(node);
    if (parsed.isEmpty()) {
      problem(name, expected);
    }
    return parsed;
  }

  private <T> T required(String name, Optional<T> value, T fallback) {
    if (value.isEmpty()) {
      problem(name, "is required");
    }
    return value.orElse(fallback);
  }

  /** Requires exactly one of these fields. */
  public void exactlyOne(String... names) {
    long count =
        List.of(names).stream()
            .map(given::get)
            .filter(node -> node != null && !node.isNull())
            .count();
    if (count != 1) {
      problem(names[0], "exactly one is required of: " + String.join(", ", names));
    }
  }

  /** The answer to a request with problems, all of them; to be asked after every field was read. */
  public Optional<AdminResponse> refusal() {
    given.keySet().stream()
        .filter(name -> !read.contains(name))
        .forEach(name -> problem(name, "is not known here"));
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode body =
        AdminResponse.problemBody(HttpResponseStatus.BAD_REQUEST, "The request has invalid fields");
    ArrayNode errors = body.putArray("errors");
    problems.forEach((name, text) -> errors.addObject().put("field", name).put("detail", text));
    return Optional.of(AdminResponse.problem(HttpResponseStatus.BAD_REQUEST, body));
  }
}
