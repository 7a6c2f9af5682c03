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
   * @param own the operator's words, which nobody has to judge
   */
  static Texts of(EventType type, ObjectNode event, Set<String> own) {
    Map<Subject, List<String>> found = new EnumMap<>(Subject.class);
    boolean unheard = false;
    switch (type) {
      case CONVERSATION_ITEM_CREATE -> {
        unheard = hasSpeech(event.path("item"));
        add(found, Subject.USER, event.path("item"), own);
      }
      case RESPONSE_CREATE -> {
        unheard = hasSpeech(event.path("response").path("input"));
        add(found, Subject.USER, event.path("response").path("input"), own);
        addInstructions(found, event.path("response"), own);
      }
      case SESSION_UPDATE -> addInstructions(found, event.path("session"), own);
      default -> {}
    }
    return new Texts(found, unheard);
  }

  /** Whether any of {@code rules} is on any of it. */
  boolean concern(GuardRules rules) {
    return bySubject.keySet().stream().anyMatch(rules::judge)
        || (unheard && rules.judge(Subject.USER));
  }

  private static void addInstructions(
      Map<Subject, List<String>> found, JsonNode settings, Set<String> own) {
    OF_INSTRUCTIONS.forEach(name -> add(found, Subject.INSTRUCTIONS, settings.path(name), own));
  }

  private static void add(
      Map<Subject, List<String>> found, Subject subject, JsonNode node, Set<String> own) {
    collect(
        node,
        NOT_READ,
        text -> {
          if (!own.contains(text)) {
            found.computeIfAbsent(subject, none -> new ArrayList<>()).add(text);
          }
        });
  }

  /** A transcript beside it would be what the client says that it says. */
  private static boolean hasSpeech(JsonNode items) {
    return items.findValues("audio").stream()
        .anyMatch(audio -> audio.isString() && !audio.asString().isEmpty());
  }

  /** Hands over every text at or below {@code node} but those of the fields {@code left}. */
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
      } else if (!left.contains(field.getKey())) {
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
