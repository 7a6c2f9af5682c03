package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternGuardTest {
  private static boolean matches(String pattern, Subject on, String... parts)
      throws InterruptedException {
    PatternGuard guard =
        new PatternGuard(List.of(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE)));
    return guard.matches(new Utterance(on, List.of(parts), "s"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "as it is | a credit card of mine | yes",
        "case | CREDIT Card | yes",
        "full width | ｃｒｅｄｉｔ　ｃａｒｄ | yes",
        "mathematical | 𝐜𝐫𝐞𝐝𝐢𝐭 𝕔𝕒𝕣𝕕 | yes",
        "circled | ⓒⓡⓔⓓⓘⓣ ⓒⓐⓡⓓ | yes",
        "zero width space | cre\u200bdit card | yes",
        "zero width joiner | cre\u200ddit card | yes",
        "soft hyphen | cre\u00addit card | yes",
        "byte order mark | cre\ufeffdit card | yes",
        "word joiner | cre\u2060dit card | yes",
        "grapheme joiner | cre\u034fdit card | yes",
        "variation selector | cre\ufe0fdit card | yes",
        "tag | cre\uDB40\uDC41dit card | yes",
        "Hangul filler | cre\u3164dit card | yes",
        "right to left mark | cre\u200fdit card | yes",
        "Cyrillic | с\u0433edit card | no",
        "Cyrillic lookalikes | сrеdіt саrd | yes",
        "Greek lookalikes | crεdιτ cαrd | yes",
        "accents | crédit càrd | yes",
        "many accents | c\u0336r\u0336e\u0336d\u0336i\u0336t\u0336 card | yes",
        "circles around | c\u20ddr\u20dde\u20ddd\u20ddi\u20ddt\u20dd card | yes",
        "control characters | cre\u0000d\u0008i\u007ft\u0085 card | yes",
        "dotless | cred\u0131t card | yes",
        "another word | credible card | no",
        "nothing | '' | no",
      })
  void findsAWordHoweverItIsSpelt(String name, String text, String found)
      throws InterruptedException {
    assertThat(matches("credit card", Subject.USER, text)).as(name).isEqualTo(found.equals("yes"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"credit,card", "cre,dit card", "credit ca,rd", "c,r,e,d,i,t, card"})
  void findsItInParts(String parts) throws InterruptedException {
    assertThat(matches("credit card", Subject.USER, parts.split(","))).isTrue();
  }

  @Test
  void readsArgumentsAsTheyWillBeReadAndAsTheyAreWritten() throws InterruptedException {
    String escaped = "{\"a\":{\"b\":[\"\\u0063redit card\"]}}";
    assertThat(matches("credit card", Subject.TOOL_CALLS, escaped)).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"credit card\":1}")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"\\u0063redit card\":1}")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"a\":\"credit card")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"a\":\"credit\"}")).isFalse();
  }

  @Test
  void canBeToldApartByCase() throws InterruptedException {
    assertThat(matches("(?-i)CARD", Subject.USER, "card")).isFalse();
    assertThat(matches("(?-i)CARD", Subject.USER, "CARD")).isTrue();
  }

  /** With backtracking, this would not end before the sun does. */
  @Test
  void takesTimeInProportionToTheText() throws InterruptedException {
    String text = "a".repeat(20_000) + "!";
    long begun = System.nanoTime();

    assertThat(matches("(a+)+$", Subject.USER, text)).isFalse();
    assertThat(matches("(a|aa)+$", Subject.USER, text)).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void everyLetterThatLooksLikeAnotherBecomesThatOne() {
    String latin = "abcdefghijklmnopqrstuvwxyz";
    assertThat(Letters.folded(Letters.plain("аеорсухіјѕһԁԛԝ"))).isEqualTo("aeopcyxijshdqw");
    assertThat(Letters.folded("αορνι")).isEqualTo("aopvi");
    assertThat(Letters.folded(latin)).isEqualTo(latin);
    assertThat(Letters.plain(latin)).isSameAs(latin);
    assertThat(Arrays.stream(new String[] {"щ", "λ", "中"}).map(Letters::folded))
        .containsExactly("щ", "λ", "中");
  }
}
