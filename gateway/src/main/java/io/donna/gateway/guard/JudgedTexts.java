package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.event.EventType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The texts of a client event that a model reads, wherever they stand.
 *
 * @param bySubject the texts, never empty lists
 * @param hasAudio whether there is audio among them, whose words are unknown
 */
record JudgedTexts(Map<Subject, List<String>> bySubject, boolean hasAudio) {
  static final JudgedTexts NONE = new JudgedTexts(Map.of(), false);

  /** Longer than any meaningful number written in digits, and too short to fill memory. */
  private static final int LONGEST_SCALE = 64;

  /** Fields by which a client instructs the model. */
  private static final List<String> OF_INSTRUCTIONS =
      List.of("instructions", "prompt", "tools", "tool_choice");

  private static final List<String> OF_TRANSCRIPTION = List.of("prompt", "keywords");

  /**
   * The texts of an event.
   *
   * @param own the operator's texts, which are not judged as instructions
   */
  static JudgedTexts of(EventType type, ObjectNode event, Set<String> own) {
    Found found = new Found(own);
    boolean hasAudio = false;
    switch (type) {
      case CONVERSATION_ITEM_CREATE -> {
        hasAudio = containsAudio(event.path("item"));
        found.addItems(event.path("item"));
      }
      case RESPONSE_CREATE -> {
        hasAudio = containsAudio(event.path("response").path("input"));
        found.addItems(event.path("response").path("input"));
        found.addInstructions(event.path("response"));
      }
      case SESSION_UPDATE -> {
        JsonNode session = event.path("session");
        found.addInstructions(session);
        found.addTranscription(session.path("audio").path("input").path("transcription"));
      }
      default -> {}
    }
    return new JudgedTexts(found.bySubject, hasAudio);
  }

  /** Whether any of {@code rules} applies to any of it. */
  boolean concern(GuardRules rules) {
    return bySubject.keySet().stream().anyMatch(rules::judge)
        || (hasAudio && rules.judge(Subject.USER));
  }

  /** Collects texts, up to the first beyond the longest that can be judged. */
  private static final class Found {
    private final Set<String> own;
    private final Map<Subject, List<String>> bySubject = new EnumMap<>(Subject.class);
    private final Map<Subject, Integer> lengths = new EnumMap<>(Subject.class);

    Found(Set<String> own) {
      this.own = own;
    }

    void addItems(JsonNode items) {
      ProtocolStructure.ITEM.collect(items, text -> add(Subject.USER, text));
    }

    void addInstructions(JsonNode settings) {
      OF_INSTRUCTIONS.forEach(name ->
          ProtocolStructure.SETTING.collect(
              settings.path(name), text -> add(Subject.INSTRUCTIONS, text)));
    }

    /** What tells the model that transcribes which words to expect. */
    void addTranscription(JsonNode settings) {
      OF_TRANSCRIPTION.forEach(name ->
          ProtocolStructure.SETTING.collect(
              settings.path(name), text -> add(Subject.INSTRUCTIONS, text)));
    }

    private void add(Subject subject, String text) {
      int length = lengths.getOrDefault(subject, 0);
      boolean isOwn = subject == Subject.INSTRUCTIONS && own.contains(text);
      if (length <= TextNormalizer.LONGEST_TEXT && !isOwn) {
        bySubject.computeIfAbsent(subject, none -> new ArrayList<>()).add(text);
        lengths.put(subject, length + text.length());
      }
    }
  }

  /** Audio counts even beside a transcript: the transcript is only the client's claim. */
  private static boolean containsAudio(JsonNode items) {
    return items.findValues("audio").stream()
        .anyMatch(audio -> audio.isString() && !audio.asString().isEmpty());
  }

  /** Passes on every string at or below {@code node}, but no field names. */
  static void collectStrings(JsonNode node, Consumer<String> texts) {
    if (node.isString()) {
      accept(node.asString(), texts);
    }
    node.forEach(below -> collectStrings(below, texts));
  }

  /** Passes on every string, number and field name at or below {@code node}. */
  static void collectAll(JsonNode node, Consumer<String> texts) {
    if (node.isString()) {
      accept(node.asString(), texts);
    } else if (node.isNumber()) {
      texts.accept(number(node));
    }
    node.propertyNames().forEach(name -> accept(name, texts));
    node.forEach(below -> collectAll(below, texts));
  }

  private static void accept(String text, Consumer<String> texts) {
    if (!text.isBlank()) {
      texts.accept(text);
    }
  }

  /**
   * In plain digits, however it is written: {@code 411e1} is 4110. {@code 1e400} stays as it is.
   */
  private static String number(JsonNode node) {
    boolean isShort = node.isBigDecimal() && Math.abs(node.decimalValue().scale()) <= LONGEST_SCALE;
    return isShort ? node.decimalValue().toPlainString() : node.asString();
  }
}
