package io.donna.gateway.guard;

import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response that says one given sentence. It has no input, so that nothing in the conversation can
 * change what it says, but it becomes part of the conversation. A mark in its metadata tells which
 * of the upstream's responses it is; the mark is removed before the client sees it.
 *
 * @param mark a random ID, known only to the gateway and the upstream
 * @param sentence the sentence to say
 */
record FixedAnswer(String mark, String sentence) {
  private static final String MARK = "donna_answer";
  private static final String METADATA = "metadata";
  private static final int MAX_METADATA = 16;

  /** How much longer than twice the sentence the answer may be, for punctuation and space. */
  private static final int MAX_BESIDE_LETTERS = 256;

  /** Fields of a client's {@code response} that do not affect the words. */
  private static final Set<String> KEPT =
      Set.of("conversation", METADATA, "output_modalities", "audio");

  /** A fixed answer with a new mark. */
  static FixedAnswer of(String sentence) {
    return new FixedAnswer(UUID.randomUUID().toString(), sentence);
  }

  /** Turns a {@code response.create} event into a request for this answer. */
  void put(ObjectNode create, String eventId) {
    create.put("event_id", eventId);
    ObjectNode response =
        create.get("response") instanceof ObjectNode wished ? wished : create.objectNode();
    response.retain(KEPT);
    ObjectNode metadata =
        response.get(METADATA) instanceof ObjectNode wished && wished.size() < MAX_METADATA
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
   * Whether {@code said} may be the beginning of the sentence. Space, case and punctuation are
   * free, because models vary them. Any other character must occur in the sentence, because letters
   * and digits can also be written in circles and squares.
   */
  boolean mayBegin(CharSequence said) {
    return said.length() <= 2 * sentence.length() + MAX_BESIDE_LETTERS
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

  /** The mark in the metadata of {@code response}; null if there is none. */
  static @Nullable String markOf(JsonNode response) {
    JsonNode mark = response.path(METADATA).get(MARK);
    return mark == null ? null : mark.asString("");
  }

  /** Removes the mark. */
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
