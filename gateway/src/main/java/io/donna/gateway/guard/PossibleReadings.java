package io.donna.gateway.guard;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The ways in which a model may read an utterance, one after the other: whichever way it is broken
 * into parts, with the escapes of JSON in it resolved as often as there are any, with tags spelt or
 * left out, and with whatever letters it is spelt with ({@link TextNormalizer}). Holds a few texts
 * of its length at once, however many readings there are. Confined to one thread at a time.
 */
final class PossibleReadings {
  /** JSON in a string of JSON, and so on: nobody means more. */
  private static final int MOST_ESCAPED = 8;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private enum Stage {
    /** As it came, or less escaped than it came. */
    WRITTEN,
    /** Without escapes and tags that mean anything else. */
    SPELT,
    /** In NFKC, and read. */
    PLAIN,
    /** Folded, and read, with strokes for small Ls. */
    FOLDED
  }

  /** A text from which further readings are to be made. */
  private record Draft(Stage stage, String text, int escaped) {}

  private final Deque<Draft> drafts = new ArrayDeque<>();

  PossibleReadings(Utterance utterance) {
    List<String> parts =
        utterance.parts().stream().filter(part -> !TextNormalizer.isSilent(part)).toList();
    StringBuilder strings = new StringBuilder();
    parts.forEach(part -> addStrings(part, strings));
    if (!strings.isEmpty()) {
      drafts.add(new Draft(Stage.WRITTEN, strings.toString(), 0));
    }
    String apart = String.join(" ", parts);
    drafts.push(new Draft(Stage.WRITTEN, apart, 0));
    if (parts.size() > 1) {
      drafts.push(new Draft(Stage.WRITTEN, String.join("", parts), 0));
    }
  }

  /** Where a part is JSON, what its strings say one behind the other. */
  private static void addStrings(String part, StringBuilder strings) {
    String trimmed = part.strip();
    if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
      try {
        JudgedTexts.collectStrings(MAPPER.readTree(part), text -> strings.append(text).append(' '));
      } catch (JacksonException notJson) {
        // Then there is nothing in it but what is written.
      }
    }
  }

  /**
   * The next one; null behind the last.
   *
   * @throws Unjudgeable where it cannot be read to its end
   */
  @Nullable String next() throws Unjudgeable {
    while (true) {
      TextNormalizer.checkInterrupt();
      Draft draft = drafts.poll();
      if (draft == null) {
        return null;
      }
      String text = draft.text;
      switch (draft.stage) {
        case WRITTEN -> spell(draft);
        case SPELT -> {
          String plain = TextNormalizer.plain(text);
          drafts.push(new Draft(Stage.PLAIN, plain, draft.escaped));
          return plain;
        }
        case PLAIN -> {
          String folded = TextNormalizer.folded(text, Lookalikes.STROKE);
          if (!folded.equals(text)) {
            drafts.push(new Draft(Stage.FOLDED, text, draft.escaped));
            return folded;
          }
        }
        case FOLDED -> {
          String other = TextNormalizer.folded(text, "i");
          if (!other.equals(TextNormalizer.folded(text, Lookalikes.STROKE))) {
            return other;
          }
        }
      }
    }
  }

  private void spell(Draft draft) throws Unjudgeable {
    String text = draft.text;
    String resolved = Escapes.resolve(text);
    if (!resolved.equals(text)) {
      if (draft.escaped == MOST_ESCAPED) {
        throw new Unjudgeable("escaped too often");
      }
      drafts.push(new Draft(Stage.WRITTEN, resolved, draft.escaped + 1));
    }
    if (TextNormalizer.hasTags(text)) {
      drafts.push(new Draft(Stage.SPELT, TextNormalizer.withTagsSpelt(text, true), draft.escaped));
      drafts.push(new Draft(Stage.SPELT, TextNormalizer.withTagsSpelt(text, false), draft.escaped));
    }
    drafts.push(new Draft(Stage.SPELT, text, draft.escaped));
  }
}
