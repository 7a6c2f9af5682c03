package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.realtime.EventType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What there is to judge in an event of a client's: all texts in it that a model reads, wherever
 * they stand.
 *
 * @param bySubject the texts, none of them empty
 * @param unheard whether there is speech in it, of which nobody can say what it says
 */
record Texts(Map<Subject, List<String>> bySubject, boolean unheard) {
  static final Texts NONE = new Texts(Map.of(), false);

  /** What no model reads, or not as text. */
  private static final Set<String> NOT_READ =
      Set.of("id", "type", "role", "status", "object", "call_id", "audio", "image_url", "detail");

  /** Below these names stand the client's own, which a model reads as it does the rest. */
  private static final Set<String> OF_OWN_NAMES = Set.of("parameters", "variables");

  /** Whatever a client lets the model be told beside what is said. */
  private static final List<String> OF_INSTRUCTIONS = List.of("instructions", "prompt", "tools");

  /**
   * Those of an event.
   *
   * @param own the operator's words, which nobody has to judge where they are instructions
   */
  static Texts of(EventType type, ObjectNode event, Set<String> own) {
    Found found = new Found(own);
    boolean unheard = false;
    switch (type) {
      case CONVERSATION_ITEM_CREATE -> {
        unheard = hasSpeech(event.path("item"));
        found.add(Subject.USER, event.path("item"));
      }
      case RESPONSE_CREATE -> {
        unheard = hasSpeech(event.path("response").path("input"));
        found.add(Subject.USER, event.path("response").path("input"));
        found.addInstructions(event.path("response"));
      }
      case SESSION_UPDATE -> found.addInstructions(event.path("session"));
      default -> {}
    }
    return new Texts(found.bySubject, unheard);
  }

  /** Whether any of {@code rules} is on any of it. */
  boolean concern(GuardRules rules) {
    return bySubject.keySet().stream().anyMatch(rules::judge)
        || (unheard && rules.judge(Subject.USER));
  }

  /** Texts that are collected, no more of them than it takes to be too many. */
  private static final class Found {
    private final Set<String> own;
    private final Map<Subject, List<String>> bySubject = new EnumMap<>(Subject.class);
    private final Map<Subject, Integer> lengths = new EnumMap<>(Subject.class);

    Found(Set<String> own) {
      this.own = own;
    }

    void addInstructions(JsonNode settings) {
      OF_INSTRUCTIONS.forEach(name -> add(Subject.INSTRUCTIONS, settings.path(name)));
    }

    void add(Subject subject, JsonNode node) {
      collect(node, NOT_READ, text -> add(subject, text));
    }

    private void add(Subject subject, String text) {
      int length = lengths.getOrDefault(subject, 0);
      boolean isOwn = subject == Subject.INSTRUCTIONS && own.contains(text);
      if (length <= Letters.LONGEST_TEXT && !isOwn) {
        bySubject.computeIfAbsent(subject, none -> new ArrayList<>()).add(text);
        lengths.put(subject, length + text.length());
      }
    }
  }

  /** A transcript beside it would be what the client says that it says. */
  private static boolean hasSpeech(JsonNode items) {
    return items.findValues("audio").stream()
        .anyMatch(audio -> audio.isString() && !audio.asString().isEmpty());
  }

  /** Hands over every text at or below {@code node} but the values of the fields {@code left}. */
  static void collect(JsonNode node, Set<String> left, Consumer<String> texts) {
    if (node.isString() && !node.asString().isBlank()) {
      texts.accept(node.asString());
    }
    if (node.isArray()) {
      node.forEach(item -> collect(item, left, texts));
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (OF_OWN_NAMES.contains(field.getKey())) {
        collectAll(field.getValue(), texts);
      } else if (!left.contains(field.getKey()) || field.getValue().isContainer()) {
        collect(field.getValue(), left, texts);
      }
    }
  }

  /** Names, too. */
  private static void collectAll(JsonNode node, Consumer<String> texts) {
    if (node.isContainer()) {
      node.propertyNames().stream().filter(name -> !name.isBlank()).forEach(texts);
      node.forEach(below -> collectAll(below, texts));
    } else {
      collect(node, Set.of(), texts);
    }
  }
}
