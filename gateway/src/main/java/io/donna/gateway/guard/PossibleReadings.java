package io.donna.gateway.guard;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Enumerates the ways in which a model may read an utterance: however its parts are joined, with
 * JSON escapes resolved at every depth, with tag characters spelled out or left out, and in every
 * alphabet ({@link TextNormalizer}). Holds a few texts of the utterance's length at once, however
 * many readings there are. Confined to one thread at a time.
 */
final class PossibleReadings {
  /** How often JSON may be nested in strings of JSON. No honest client needs more. */
  private static final int MAX_ESCAPED = 8;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private enum Stage {
    /** As received, or with some levels of escapes resolved. */
    WRITTEN,
    /** With tags spelled out or left out. */
    SPELT,
    /** In NFKC; already returned as a reading. */
    PLAIN,
    /** Folded; already returned as a reading with strokes as small Ls. */
    FOLDED
  }

  /** A text from which further readings are derived. */
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
    String spaced = String.join(" ", parts);
    drafts.push(new Draft(Stage.WRITTEN, spaced, 0));
    if (parts.size() > 1) {
      drafts.push(new Draft(Stage.WRITTEN, String.join("", parts), 0));
    }
  }

  /** If a part is JSON, adds its strings, joined by spaces. */
  private static void addStrings(String part, StringBuilder strings) {
    String trimmed = part.strip();
    if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
      try {
        JudgedTexts.collectStrings(MAPPER.readTree(part), text -> strings.append(text).append(' '));
      } catch (JacksonException notJson) {
        // Only the text itself is read.
      }
    }
  }

  /**
   * The next reading; null after the last.
   *
   * @throws Unjudgeable if it is escaped too often, or cannot be normalized
   */
  @Nullable String next() throws UnjudgeableTextException {
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

  private void spell(Draft draft) throws UnjudgeableTextException {
    String text = draft.text;
    String resolved = Escapes.resolve(text);
    if (!resolved.equals(text)) {
      if (draft.escaped == MAX_ESCAPED) {
        throw new UnjudgeableTextException("escaped too often");
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
