package io.donna.gateway.cli.talk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TerminalTextTest {
  static Arguments[] hostile() {
    return new Arguments[] {
      Arguments.of("red \u001b[31malert\u001b[0m", "red [31malert[0m"),
      Arguments.of("title \u001b]0;owned\u0007", "title ]0;owned"),
      Arguments.of("8-bit \u009b2J", "8-bit 2J"),
      Arguments.of("over\rwrite\b\u007f\u0000", "overwrite"),
      Arguments.of("a\tb\nc", "a b c"),
      Arguments.of("turned \u202egnp.exe\u202c", "turned gnp.exe"),
      Arguments.of("break\u2028s", "breaks"),
      Arguments.of(
          "\u00fcber \u00b7 \u65e5\u672c \ud83d\udc69\u200d\ud83d\udcbb", "über · 日本 👩‍💻"),
    };
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void leavesOnlyWhatIsToBeRead(String said, String shown) {
    assertThat(TerminalText.line(said)).isEqualTo(shown);
  }
}
