package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceFileTest {
  private static final String WHOLE =
      """
      as_of: 2026-11-24
      models:
        mine:
          text: {input: 1, output: 2}
      otherwise: {minute: 0}
      """;

  @TempDir private Path folder;

  private final List<String> problems = new ArrayList<>();

  private PriceList read(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("prices"), text);
    return PriceFile.read(file, problems::add);
  }

  @Test
  void readsAListOfYourOwn() throws IOException {
    PriceList list = read(WHOLE);

    assertThat(problems).isEmpty();
    ModelPrice mine = list.find("mine").orElseThrow();
    ModelPrice.Rate text =
        new ModelPrice.Rate(BigDecimal.ONE, BigDecimal.ONE, BigDecimal.valueOf(2));
    assertThat(mine.tokens()).contains(new ModelPrice.TokenRates(text, text, text));
    assertThat(list.find("mine-2026-01-31")).contains(mine);
    assertThat(list.find("mine-mini")).isEmpty();
    assertThat(list.otherwise().minute()).contains(BigDecimal.ZERO);
  }

  @Test
  void readsJsonToo() throws IOException {
    read(
        "{\"as_of\":\"2026-11-24\",\"models\":{},\"otherwise\":{\"audio\":{\"input\":0.123456,"
            + "\"cached\":0,\"output\":1e2}}}");

    assertThat(problems).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "as_of: 2026-11-24 | as_of: today | as_of must be the date",
        "as_of: 2026-11-24 | date: 2026-11-24 | the file has unknown keys: date (allowed: as_of, models",
        "otherwise: {minute: 0} | # | otherwise must be a mapping with text, audio, image",
        "otherwise: {minute: 0} | otherwise: {} | otherwise has no price: set text, audio or",
        "otherwise: {minute: 0} | otherwise: {minutes: 0, minute: 0} | otherwise has unknown keys: minutes",
        "input: 1 | input: -1 | models.mine.text.input must be US dollars from 0 to 1000000",
        "input: 1 | input: one | models.mine.text.input must be US dollars",
        "input: 1 | input: 0.1234567 | models.mine.text.input must be US dollars",
        "input: 1 | input: 1000001 | models.mine.text.input must be US dollars",
        "input: 1 | input: .nan | models.mine.text.input must be US dollars",
        "input: 1 | cached: 1 | models.mine.text requires input and output",
        "output: 2 | outputs: 2 | models.mine.text has unknown keys: outputs (allowed",
        "'text: {input: 1, output: 2}' | 'text: 4' | models.mine.text must be a mapping with input",
        "'mine:' | 'mine: {' | is not valid YAML, line",
        "'  mine:' | '  mine: {minute: 1}\n  mine:' | is not valid YAML, line 4: Duplicate",
      })
  void saysWhatIsWrongAndWhere(String right, String wrong, String problem) throws IOException {
    assertThat(WHOLE).contains(right);

    read(WHOLE.replaceFirst("\\Q" + right + "\\E", wrong));

    assertThat(problems).anySatisfy(text -> assertThat(text).startsWith(problem));
  }

  @Test
  void saysEverythingThatIsWrongAtOnce() throws IOException {
    read("models:\n  a: {}\n  b: {text: {input: x, output: -2}}\n");

    assertThat(problems).hasSizeGreaterThanOrEqualTo(5);
  }

  @Test
  void comesWithAListOfEveryModelThatTheApiHas() {
    PriceList list = PriceFile.builtIn();

    assertThat(list.models()).hasSizeGreaterThan(10);
    assertThat(list.find("gpt-realtime-2.1")).isPresent();
    assertThat(list.asOf()).isAfter("2026-11-01");
  }
}
