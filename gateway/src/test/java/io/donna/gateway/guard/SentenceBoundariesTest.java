package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.BreakIterator;
import io.donna.gateway.kit.Property;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sentence is judged when it may have ended, and not only when a full stop comes last. */
class SentenceBoundariesTest {
  @Test
  void mayEndAtEveryMarkThatUnicodeLetsEndOne() {
    List<Integer> missed =
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
            .filter(c -> UCharacter.hasBinaryProperty(c, UProperty.S_TERM))
            .filter(c -> !SentenceBoundaries.mayEndOne(c))
            .boxed()
            .toList();
    assertThat(missed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "end. And",
        "\"end.\" And",
        "end.” «",
        "end।",
        "end॥ ",
        "end。",
        "end！",
        "end?!)",
        "end…",
        "end\nnext",
        "end\u2028",
        "end\u2029",
        "end\u0085",
        "end၊",
        "end።",
        "3.14"
      })
  void mayEndInside(String delta) {
    assertThat(SentenceBoundaries.mayEndIn(delta)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "and so", "it's", "either/or", "one, two", "\"quoted", "no end -"})
  void doesNotEndInside(String delta) {
    assertThat(SentenceBoundaries.mayEndIn(delta)).isFalse();
  }

  /** Wherever Unicode's rules (UAX #29) have a sentence end, one may end here. */
  @Test
  void mayEndWhereverUnicodeHasOneEnd() {
    List<String> pieces =
        List.of("a", "B", " ", ".", "!", "?", ",", "\"", ")", "\n", "।", "。", "…", "1", "\u2029");
    Property.holds(
        500,
        choices -> {
          StringBuilder text = new StringBuilder();
          while (choices.hasMore()) {
            text.append(choices.of(pieces));
          }
          BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
          sentences.setText(text.toString());
          int from = sentences.first();
          for (int to = sentences.next(); to < text.length() && to > 0; to = sentences.next()) {
            assertThat(SentenceBoundaries.mayEndIn(text.substring(from, to))).isTrue();
            from = to;
          }
        });
  }
}
