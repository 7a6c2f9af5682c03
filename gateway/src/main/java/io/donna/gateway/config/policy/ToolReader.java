package io.donna.gateway.config.policy;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads the functions of a tier: names or full definitions. */
final class ToolReader {
  /**
   * Functions that the model may be given.
   *
   * @param names all of them; empty for any
   * @param definitions the functions that the file defines, in the upstream's format
   */
  record Tools(Optional<Set<String>> names, Map<String, ObjectNode> definitions) {}

  private static final String TOOLS = "tools";

  /** The function names that the API accepts. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final YamlProblems problems;
  private final Set<String> names = new LinkedHashSet<>();
  private final Map<String, ObjectNode> definitions = new LinkedHashMap<>();

  ToolReader(YamlProblems problems) {
    this.problems = problems;
  }

  Tools read(YamlMap tier) {
    boolean listed = tier.namesAndMaps(TOOLS, names::add, this::define);
    return new Tools(
        listed ? Optional.of(Set.copyOf(names)) : Optional.empty(), Map.copyOf(definitions));
  }

  private void define(YamlMap tool) {
    Optional<String> name = tool.text("name");
    Optional<String> description = tool.text("description");
    Optional<JsonNode> parameters = tool.json("parameters");
    tool.refuseTheRest();
    if (name.isEmpty() || !NAME.matcher(name.get()).matches()) {
      problems.add(
          tool.line(), "tools: name must be 1 to 64 letters, digits, _ and -, without spaces");
      return;
    }
    if (parameters.isPresent() && !parameters.get().isObject()) {
      problems.add(tool.lineOf("parameters"), "tools: parameters must be a JSON schema");
    }
    if (!names.add(name.get())) {
      problems.add(tool.line(), "tools: duplicate \"%s\"".formatted(name.get()));
    }
    ObjectNode definition = JsonNodeFactory.instance.objectNode();
    definition.put("type", "function").put("name", name.get());
    description.ifPresent(text -> definition.put("description", text));
    parameters.ifPresent(schema -> definition.set("parameters", schema));
    definitions.put(name.get(), definition);
  }
}
