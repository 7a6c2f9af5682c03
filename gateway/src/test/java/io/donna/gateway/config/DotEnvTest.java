package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DotEnvTest {
  static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of("A=b", "b"),
        Arguments.of("  A  =  b  ", "b"),
        Arguments.of("export A=b", "b"),
        Arguments.of("\texport\tA=b", "b"),
        Arguments.of("A=", ""),
        Arguments.of("A=b=c=d", "b=c=d"),
        Arguments.of("A=b c", "b c"),
        Arguments.of("A=b # comment", "b"),
        Arguments.of("A=b#c", "b#c"),
        Arguments.of("A=#b", "#b"),
        Arguments.of("A= # nothing yet", ""),
        Arguments.of("A=   # nothing yet", ""),
        Arguments.of("A=\"b\"", "b"),
        Arguments.of("A='b'", "b"),
        Arguments.of("A=\"\"", ""),
        Arguments.of("A=\" b \"", " b "),
        Arguments.of("A=\"b # c\"", "b # c"),
        Arguments.of("A='b # c' # d", "b # c"),
        Arguments.of("A=\"b\" # say \"c\"", "b"),
        Arguments.of("A='b' # don't say 'c'", "b"),
        Arguments.of("A=\"b\\nc\"", "b\nc"),
        Arguments.of("A='b\\nc'", "b\\nc"),
        Arguments.of("A=b\\nc", "b\\nc"),
        Arguments.of("A=\"b\\\"c\"", "b\"c"),
        Arguments.of("A=\"b\\\\c\"", "b\\c"),
        Arguments.of("A=\"C:\\\\new\"", "C:\\new"),
        Arguments.of("A=\"b\\\\\"", "b\\"),
        Arguments.of("A=\"b\\tc\"", "b\\tc"),
        Arguments.of("A=\"say \\\"b\\\" # c\"", "say \"b\" # c"),
        Arguments.of("A=\"b", "\"b"),
        Arguments.of("A=b\"", "b\""),
        Arguments.of("A='b\"", "'b\""),
        Arguments.of("A='it's'", "it's"),
        Arguments.of("A=$B ${C} `d`", "$B ${C} `d`"),
        Arguments.of("A=ä🎤", "ä🎤"));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void readsALine(String line, String value) {
    DotEnv file = DotEnv.parse(List.of(line));

    assertThat(file.problems()).isEmpty();
    assertThat(file.values()).isEqualTo(Map.of("A", value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "\t", "# comment", "  # A=b", "#A=b"})
  void skipsALineThatSaysNothing(String line) {
    DotEnv file = DotEnv.parse(List.of(line));

    assertThat(file.values()).isEmpty();
    assertThat(file.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"A", "=b", "1A=b", "A-B=c", "A B=c", "export", "Ä=b", "A: b", "{\"A\":1}"})
  void reportsALineThatIsNone(String line) {
    DotEnv file = DotEnv.parse(List.of("OK=1", line));

    assertThat(file.values()).isEqualTo(Map.of("OK", "1"));
    assertThat(file.problems()).containsExactly(new Problem(".env", "line 2 is not NAME=value"));
  }

  @Test
  void reportsANameThatIsSetTwice() {
    assertThat(DotEnv.parse(List.of("A=1", "B=2", "A=3", "A=")).problems())
        .extracting(Problem::toString)
        .containsExactly(
            ".env line 3 sets A, which line 1 already sets",
            ".env line 4 sets A, which line 3 already sets");
  }

  @Test
  void readsALineOfAMillionQuotesInNoTime() {
    DotEnv file = DotEnv.parse(List.of("A=" + "\"'\\".repeat(300_000)));

    assertThat(file.values()).containsKey("A");
  }
}
