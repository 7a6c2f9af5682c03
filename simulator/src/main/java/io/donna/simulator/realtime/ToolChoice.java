package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.speech.ToolArguments;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Decides whether a response calls a function, and which, by the words it shares with the user. */
final class ToolChoice {
  private static final Pattern WORD = Pattern.compile("(?<=[a-z])(?=[A-Z])|[^\\p{L}\\p{N}]+");

  /** Words too common in names and descriptions to distinguish functions. */
  private static final Set<String> COMMON =
      Set.of(
          "about",
          "call",
          "find",
          "from",
          "function",
          "look",
          "search",
          "that",
          "this",
          "tool",
          "what",
          "when",
          "where",
          "which",
          "with",
          "your");

  private ToolChoice() {}

  static Optional<Reply.Call> choose(ResponseOptions options, String said) {
    List<JsonNode> functions =
        options
            .tools()
            .valueStream()
            .filter(tool -> "function".equals(tool.path("type").asString("")))
            .toList();
    JsonNode choice = options.toolChoice();
    Optional<JsonNode> chosen =
        choice.isObject()
            ? functions.stream().filter(f -> f.path("name").equals(choice.path("name"))).findFirst()
            : byWords(functions, choice.asString("auto"), said);
    return chosen.map(function -> call(function, said));
  }

  private static Optional<JsonNode> byWords(List<JsonNode> functions, String choice, String said) {
    Set<String> heard = words(said);
    return functions.stream()
        .filter(f -> "required".equals(choice) || ("auto".equals(choice) && shared(f, heard) > 0))
        .sorted(Comparator.comparingLong((JsonNode f) -> shared(f, heard)).reversed())
        .findFirst();
  }

  /** The number of words a function shares with the user's. A word of its name counts double. */
  private static long shared(JsonNode function, Set<String> heard) {
    return 2 * words(function.path("name").asString("")).stream().filter(heard::contains).count()
        + words(function.path("description").asString("")).stream().filter(heard::contains).count();
  }

  private static Set<String> words(String text) {
    return WORD.splitAsStream(text)
        .map(word -> word.toLowerCase(Locale.ROOT))
        .filter(word -> word.length() > 3 && !COMMON.contains(word))
        .collect(Collectors.toSet());
  }

  private static Reply.Call call(JsonNode function, String said) {
    JsonNode arguments = new ToolArguments(said).fill(function.path("parameters"));
    return new Reply.Call(function.path("name").asString(""), Json.write(arguments));
  }
}
