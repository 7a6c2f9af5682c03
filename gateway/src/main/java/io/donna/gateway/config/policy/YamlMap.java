package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import tools.jackson.databind.JsonNode;

/**
 * A mapping of a YAML file, read by key and type. Values of another type and keys that are never
 * read are errors, reported by line.
 */
public final class YamlMap {
  private static final int MOST_CHARACTERS = 1 << 20;
  private static final int LONGEST_NUMBER = 64;

  private final int line;
  private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();
  private final YamlProblems problems;

  YamlMap(MappingNode node, YamlProblems problems) {
    this.line = line(node);
    this.problems = problems;
    for (NodeTuple entry : node.getValue()) {
      if (entry.getKeyNode() instanceof ScalarNode key) {
        if (entries.put(key.getValue(), entry) != null) {
          problems.add(line(key), "duplicate key \"%s\"".formatted(key.getValue()));
        }
      } else {
        problems.add(line(entry.getKeyNode()), "a key must be text");
      }
    }
  }

  /** The file's top-level mapping. */
  public static Optional<YamlMap> document(String yaml, YamlProblems problems) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel("settings")
            .setCodePointLimit(MOST_CHARACTERS)
            .setMaxAliasesForCollections(50)
            .setAllowDuplicateKeys(true) // reported here, with all other errors
            .build();
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      if (root.isPresent() && root.get() instanceof MappingNode mapping) {
        return Optional.of(new YamlMap(mapping, problems));
      }
      problems.add(1, "the file must be a mapping");
    } catch (MarkedYamlEngineException malformed) {
      problems.add(
          malformed.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1),
          "is not valid YAML: " + malformed.getProblem());
    } catch (YamlEngineException malformed) {
      problems.add(1, "is not valid YAML: " + firstLine(String.valueOf(malformed.getMessage())));
    }
    return Optional.empty();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  public int line() {
    return line;
  }

  public int lineOf(String name) {
    NodeTuple entry = entries.get(name);
    return entry == null ? line : line(entry.getKeyNode());
  }

  public Set<String> keys() {
    return entries.keySet();
  }

  /** The raw value of a key, which must exist. */
  Node take(String name) {
    asked.add(name);
    NodeTuple entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(name);
    }
    return entry.getValueNode();
  }

  private Optional<Node> find(String name) {
    return entries.containsKey(name) ? Optional.of(take(name)) : Optional.empty();
  }

  /** The raw values of all entries. */
  Map<String, Node> values() {
    Map<String, Node> values = new LinkedHashMap<>();
    entries.forEach((name, entry) -> values.put(name, entry.getValueNode()));
    return values;
  }

  /** Reports keys that were not read; most are misspelt. */
  public void refuseTheRest() {
    for (String name : entries.keySet()) {
      if (!asked.contains(name)) {
        problems.add(lineOf(name), "unknown key \"%s\"".formatted(name));
      }
    }
  }

  Optional<String> text(String name) {
    Optional<Node> node = find(name);
    Optional<String> text = node.flatMap(YamlMap::scalar).map(ScalarNode::getValue);
    if (node.isPresent() && text.filter(value -> !value.isBlank()).isEmpty()) {
      refuse(name, "text");
      return Optional.empty();
    }
    return text;
  }

  Optional<String> choice(String name, List<String> choices) {
    Optional<String> text = text(name);
    if (text.isPresent() && !choices.contains(text.get())) {
      refuse(name, "one of " + String.join(", ", choices));
      return Optional.empty();
    }
    return text;
  }

  public boolean flag(String name) {
    Optional<Node> node = find(name);
    Optional<ScalarNode> flag =
        node.flatMap(YamlMap::scalar).filter(scalar -> scalar.getTag().equals(Tag.BOOL));
    if (node.isPresent() && flag.isEmpty()) {
      refuse(name, "true or false");
    }
    return flag.map(scalar -> Boolean.parseBoolean(scalar.getValue())).orElse(false);
  }

  public Optional<Long> whole(String name, long lowest, long highest) {
    Optional<BigDecimal> number = number(name);
    String expected = "a whole number from " + lowest + " to " + highest;
    if (number.isEmpty()) {
      if (entries.containsKey(name)) {
        refuse(name, expected);
      }
      return Optional.empty();
    }
    BigDecimal value = number.get();
    if (value.stripTrailingZeros().scale() > 0
        || value.compareTo(BigDecimal.valueOf(lowest)) < 0
        || value.compareTo(BigDecimal.valueOf(highest)) > 0) {
      refuse(name, expected);
      return Optional.empty();
    }
    return Optional.of(value.longValue());
  }

  public Optional<BigDecimal> decimal(String name) {
    Optional<BigDecimal> number = number(name).filter(value -> value.signum() > 0);
    if (number.isEmpty() && entries.containsKey(name)) {
      refuse(name, "a number above 0");
    }
    return number;
  }

  private Optional<BigDecimal> number(String name) {
    return find(name).flatMap(YamlMap::scalar).flatMap(YamlMap::decimal);
  }

  /** A list of names, which may be empty. */
  Optional<Set<String>> names(String name) {
    Optional<Node> node = find(name);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    Set<String> names = new LinkedHashSet<>();
    boolean inOrder = node.get() instanceof SequenceNode;
    if (node.get() instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        Optional<String> text =
            scalar(item).map(ScalarNode::getValue).filter(value -> !value.isBlank());
        text.ifPresent(names::add);
        inOrder &= text.isPresent();
      }
    }
    if (!inOrder) {
      refuse(name, "a list of names");
    }
    return Optional.of(Set.copyOf(names));
  }

  /**
   * Passes on the entries of a list of names and mappings.
   *
   * @return whether the key exists
   */
  boolean namesAndMaps(String name, Consumer<String> names, Consumer<YamlMap> maps) {
    Optional<Node> node = find(name);
    boolean inOrder = node.isEmpty() || node.get() instanceof SequenceNode;
    if (node.isPresent() && node.get() instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        switch (item) {
          case MappingNode mapping -> maps.accept(new YamlMap(mapping, problems));
          case ScalarNode scalar when !scalar.getValue().isBlank() ->
              names.accept(scalar.getValue());
          default -> inOrder = false;
        }
      }
    }
    if (!inOrder) {
      refuse(name, "a list of names");
    }
    return node.isPresent();
  }

  /** A value of any type, as JSON. */
  Optional<JsonNode> json(String name) {
    return find(name).map(node -> YamlJson.of(node, problems));
  }

  /** A list entry and its line. */
  record Text(int line, String value) {}

  /** A list of strings in order; empty if the key is missing. */
  List<Text> texts(String name) {
    Optional<Node> node = find(name);
    List<Text> texts = new ArrayList<>();
    boolean inOrder = node.isEmpty();
    if (node.isPresent() && node.get() instanceof SequenceNode list) {
      inOrder = !list.getValue().isEmpty();
      for (Node item : list.getValue()) {
        Optional<ScalarNode> text = scalar(item).filter(scalar -> !scalar.getValue().isBlank());
        text.ifPresent(scalar -> texts.add(new Text(line(scalar), scalar.getValue())));
        inOrder &= text.isPresent();
      }
    }
    if (!inOrder) {
      refuse(name, "a list of strings");
    }
    return texts;
  }

  public Optional<YamlMap> map(String name) {
    Optional<Node> node = find(name);
    if (node.isPresent() && node.get() instanceof MappingNode mapping) {
      return Optional.of(new YamlMap(mapping, problems));
    }
    if (node.isPresent()) {
      refuse(name, "a mapping");
    }
    return Optional.empty();
  }

  /** All entries, each a mapping. */
  public Map<String, YamlMap> maps() {
    Map<String, YamlMap> maps = new LinkedHashMap<>();
    for (String name : entries.keySet()) {
      map(name).ifPresent(map -> maps.put(name, map));
    }
    return maps;
  }

  /** A list of mappings. */
  List<YamlMap> mapsOf(String name) {
    Optional<Node> node = find(name);
    List<YamlMap> maps = new ArrayList<>();
    boolean inOrder = node.isEmpty() || node.get() instanceof SequenceNode;
    if (node.isPresent() && node.get() instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        if (item instanceof MappingNode mapping) {
          maps.add(new YamlMap(mapping, problems));
        } else {
          inOrder = false;
        }
      }
    }
    if (!inOrder) {
      refuse(name, "a list of mappings");
    }
    return maps;
  }

  private void refuse(String name, String expected) {
    problems.add(lineOf(name), "%s must be %s".formatted(name, expected));
  }

  private static Optional<ScalarNode> scalar(Node node) {
    return node instanceof ScalarNode scalar ? Optional.of(scalar) : Optional.empty();
  }

  static Optional<BigDecimal> decimal(ScalarNode scalar) {
    if (!scalar.getTag().equals(Tag.INT) && !scalar.getTag().equals(Tag.FLOAT)) {
      return Optional.empty();
    }
    if (scalar.getValue().length() > LONGEST_NUMBER) {
      return Optional.empty();
    }
    try {
      // In decimal notation, 1e999999999 has a billion digits.
      return Optional.of(new BigDecimal(scalar.getValue()))
          .filter(number -> Math.abs((long) number.scale()) <= LONGEST_NUMBER);
    } catch (NumberFormatException infinityOrOctal) {
      return Optional.empty();
    }
  }

  static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
