package io.donna.gateway.guard;

import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response that says one sentence and nothing else: it reads nothing of the conversation, so that
 * nothing in it can have it say something else, and is part of it all the same. The upstream shows
 * by a mark in its metadata which response it is; the client does not see the mark.
 *
 * @param mark what nobody but the upstream has seen
 * @param sentence what it is to say
 */
record FixedAnswer(String mark, String sentence) {
  private static final String MARK = "donna_answer";
  private static final String METADATA = "metadata";
  private static final int MOST_METADATA = 16;

  /** Of punctuation and spaces there may be more than in the sentence; not without end. */
  private static final int MOST_BESIDE_LETTERS = 256;

  /** What of a client's wishes has no part in what is said. */
  private static final Set<String> KEPT =
      Set.of("conversation", METADATA, "output_modalities", "audio");

  /** With a mark of its own. */
  static FixedAnswer of(String sentence) {
    return new FixedAnswer(UUID.randomUUID().toString(), sentence);
  }

  /** Makes of a {@code response.create} one that asks for it. */
  void put(ObjectNode create, String eventId) {
    create.put("event_id", eventId);
    ObjectNode response =
        create.get("response") instanceof ObjectNode wished ? wished : create.objectNode();
    response.retain(KEPT);
    ObjectNode metadata =
        response.get(METADATA) instanceof ObjectNode wished && wished.size() < MOST_METADATA
            ? wished
            : create.objectNode();
    metadata.put(MARK, mark);
    response.set(METADATA, metadata);
    response.put("instructions", "Say exactly this and nothing else: " + sentence);
    response.putArray("input");
    response.putArray("tools");
    response.put("tool_choice", "none");
    create.set("response", response);
  }

  /**
   * Whether what is said so far may become the sentence. Models take liberties with spaces, case
   * and punctuation; any other character is one that the sentence has, as letters and digits are
   * also written in circles and squares.
   */
  boolean mayBegin(CharSequence said) {
    return said.length() <= 2 * sentence.length() + MOST_BESIDE_LETTERS
        && letters(sentence).startsWith(letters(said))
        && said.codePoints()
            .allMatch(c ->
                Character.isLetterOrDigit(c)
                    || Character.isWhitespace(c)
                    || isPunctuation(c)
                    || sentence.indexOf(c) >= 0);
  }

  private static boolean isPunctuation(int c) {
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.SPACE_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static String letters(CharSequence text) {
    StringBuilder letters = new StringBuilder(text.length());
    text.codePoints().filter(Character::isLetterOrDigit).forEach(letters::appendCodePoint);
    return letters.toString().toLowerCase(Locale.ROOT);
  }

  /** What {@code response} is marked with, if it is. */
  static @Nullable String markOf(JsonNode response) {
    JsonNode mark = response.path(METADATA).get(MARK);
    return mark == null ? null : mark.asString("");
  }

  /** Takes the mark off. */
  static void unmark(JsonNode response) {
    if (response instanceof ObjectNode marked
        && marked.get(METADATA) instanceof ObjectNode metadata) {
      metadata.remove(MARK);
      if (metadata.isEmpty()) {
        marked.putNull(METADATA);
      }
    }
  }
}
