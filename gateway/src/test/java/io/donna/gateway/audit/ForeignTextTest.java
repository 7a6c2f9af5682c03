package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others chose can be read in a log, and does nothing there. */
class ForeignTextTest {
  @ParameterizedTest
  @CsvSource({
    "gpt-realtime-2.1, gpt-realtime-2.1",
    "'two words', 'two words'",
    "'a\nb', a\\u000ab",
    "'\u001B[2J', \\u001b[2J",
    "'\u0085next', \\u0085next",
    "'\u2028line', \\u2028line",
    "'\u202Ereversed', \\u202ereversed",
    "'\u00E9', \\u00e9",
    "'\uD83D\uDD12', \\ud83d\\udd12",
    "'\\u000a', \\\\u000a"
  })
  void escapesWhatIsNotPrintableAscii(String foreign, String shown) {
    assertThat(ForeignText.of(foreign)).isEqualTo(shown);
  }

  @Test
  void keepsWhatFitsAndCutsTheRest() {
    assertThat(ForeignText.of("x".repeat(128))).isEqualTo("x".repeat(128));
    assertThat(ForeignText.of("x".repeat(129))).isEqualTo("x".repeat(125) + "...");
    assertThat(ForeignText.of("\n".repeat(10_000_000))).isEqualTo("\\u000a".repeat(20) + "...");
  }

  @Test
  void isAlwaysOneShortLineOfPrintableAscii() {
    Property.holds(
        2_000,
        choices -> {
          StringBuilder foreign = new StringBuilder();
          while (choices.hasMore()) {
            foreign.append((char) choices.upTo(0xFFFF));
          }
          assertThat(ForeignText.of(foreign.toString()))
              .hasSizeLessThanOrEqualTo(128)
              .matches("[ -~]*");
        });
  }

  @Test
  void makesALineOfWhatHasBeenThroughItAlready() {
    String once = ForeignText.of("a\u202e\n");

    assertThat(ForeignText.line(once + "\u0085", 100)).isEqualTo("a\\u202e\\u000a\\u0085");
    assertThat(ForeignText.line("x".repeat(12 << 20), 100)).hasSize(100).endsWith("...");
  }
}
