package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.text.SpoofChecker;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.guard.Judgement.Failed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternSearchTest {
  /** What comes of a search, which is run in as many slices as it takes. */
  private static Judgement judge(String pattern, Subject on, String... parts) {
    AtomicReference<Judgement> judgement = new AtomicReference<>();
    PatternSearch search =
        new PatternSearch(
            List.of(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE)),
            new Utterance(on, List.of(parts), "s"),
            judgement::set);
    while (!search.runSlice()) {
      // more to do
    }
    return judgement.get();
  }

  private static boolean matches(String pattern, Subject on, String... parts) {
    return switch (judge(pattern, on, parts)) {
      case Judgement.Matched _ -> true;
      case Judgement.Passed _ -> false;
      case Failed failed -> throw new AssertionError(failed);
    };
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
        "Cyrillic | с\u0433edit card | yes", // as Unicode has it
        "Cyrillic, as it is | с\u0449edit card | no",
        "Cyrillic lookalikes | сrеdіt саrd | yes",
        "Greek lookalikes | crεdιτ cαrd | yes",
        "accents | crédit càrd | yes",
        "many accents | c\u0336r\u0336e\u0336d\u0336i\u0336t\u0336 card | yes",
        "circles around | c\u20ddr\u20dde\u20ddd\u20ddi\u20ddt\u20dd card | yes",
        "control characters | cre\u0000d\u0008i\u007ft\u0085 card | yes",
        "several spaces | credit \u00a0\u3000 card | yes",
        "tags that spell | hello \uDB40\uDC63\uDB40\uDC72\uDB40\uDC65\uDB40\uDC64\uDB40\uDC69"
            + "\uDB40\uDC74\uDB40\uDC20\uDB40\uDC63\uDB40\uDC61\uDB40\uDC72\uDB40\uDC64 | yes",
        "tags among letters | cr\uDB40\uDC65dit\uDB40\uDC20card | yes",
        "tags far apart | a\uDB40\uDC63b\uDB40\uDC72c\uDB40\uDC65d\uDB40\uDC64e\uDB40\uDC69f"
            + "\uDB40\uDC74g\uDB40\uDC20h\uDB40\uDC63i\uDB40\uDC61j\uDB40\uDC72k\uDB40\uDC64 | yes",
        "squared | 🄲🅁🄴🄳🄸🅃 🄲🄰🅁🄳 | yes",
        "negative squared | 🅲🆁🅴🅳🅸🆃 🅲🅰🆁🅳 | yes",
        "negative circled | 🅒🅡🅔🅓🅘🅣 🅒🅐🅡🅓 | yes",
        "regional | 🇨🇷🇪🇩🇮🇹 🇨🇦🇷🇩 | yes",
        "Lisu | ꓚꓣꓰꓓꓲꓔ ꓚꓮꓣꓓ | yes",
        "Cherokee | ᏟᎡᎬᎠIᎢ ᏟᎪᎡᎠ | yes",
        "small capitals | ᴄʀᴇᴅɪᴛ ᴄᴀʀᴅ | yes",
        "Greek capitals | CRΕDΙΤ CΑRD | yes",
        "strokes | ȼɍɇđɨŧ ȼȺɍđ | yes",
        "parenthesised | ⒞⒭⒠⒟⒤⒯ | no",
        "dotless | cred\u0131t card | yes",
        "another word | credible card | no",
        "nothing | '' | no",
      })
  void findsAWordHoweverItIsSpelt(String name, String text, String found) {
    assertThat(matches("credit card", Subject.USER, text)).as(name).isEqualTo(found.equals("yes"));
  }

  /** A person sees nothing of them, and a model reads them, wherever they stand. */
  @Test
  void readsTagsInPartsOfTheirOwn() {
    String word = tags("credit card");
    assertThat(matches("credit card", Subject.USER, word)).isTrue();
    assertThat(matches("credit card", Subject.USER, word, "hello")).isTrue();
    assertThat(matches("credit card", Subject.USER, "cre", tags("dit ca"), "rd")).isTrue();
    assertThat(matches("credit card", Subject.USER, "credit", tags("x"), " card")).isTrue();
  }

  private static String tags(String ascii) {
    return ascii
        .codePoints()
        .map(c -> 0xE_0000 + c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Read as an S, a V and a sigma, which they are by Unicode's names and decompositions. */
  private static final Set<Integer> READ_BY_NAME = Set.of(0x17F, 0x28B, 0x1D8C, 0x3F2, 0x3F9);

  /** Unicode's whole list of confusables (UTS #39), capitals and small letters as each looks. */
  @Test
  void readsEveryCharacterThatLooksLikeALetter() {
    SpoofChecker list = new SpoofChecker.Builder().build();
    Map<String, String> letters = new HashMap<>();
    for (char letter = 'a'; letter <= 'z'; letter++) {
      letters.put(list.getSkeleton(String.valueOf(letter)), String.valueOf(letter));
      letters.putIfAbsent(
          list.getSkeleton(String.valueOf(Character.toUpperCase(letter))), String.valueOf(letter));
    }
    List<String> missed = new ArrayList<>();
    for (int c = 0x80; c < 0x2_0000; c++) {
      String text = Character.isDefined(c) ? Character.toString(c) : "";
      String letter = letters.get(list.getSkeleton(text));
      // Strokes are an I or an L by the word, and digits of any script are read by their value.
      if (letter != null
          && !"il".contains(letter)
          && !READ_BY_NAME.contains(c)
          && !Character.isSurrogate((char) c)
          && UCharacter.getUnicodeNumericValue(c) == UCharacter.NO_NUMERIC_VALUE
          && !matches("<" + letter + ">", Subject.USER, "<" + text + ">")) {
        missed.add("U+%04X %s as %s".formatted(c, text, letter));
      }
    }
    assertThat(missed).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"credit,card", "cre,dit card", "credit ca,rd", "c,r,e,d,i,t, card"})
  void findsItInParts(String parts) {
    assertThat(matches("credit card", Subject.USER, parts.split(","))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\u200b", "\u2060\u00ad", "\uDB40\uDC01", "\u3164"})
  void findsItAroundASilentPart(String silent) {
    assertThat(matches("credit card", Subject.USER, "credit", silent, "card")).isTrue();
    assertThat(matches("credit card", Subject.USER, "cre", silent, "dit card")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ASCII | 4929-1234",
        "Arabic | ٤٩٢٩-١٢٣٤",
        "Persian | ۴۹۲۹-۱۲۳۴",
        "Devanagari | ४९२९-१२३४",
        "Bengali | ৪৯২৯-১২৩৪",
        "full width | ４９２９－１２３４",
        "mathematical | 𝟒𝟗𝟐𝟗-𝟏𝟐𝟑𝟒",
        "circled | ④⑨②⑨-①②③④",
        "negative circled | ❹❾❷❾-❶❷❸❹",
        "superscript | ⁴⁹²⁹-¹²³⁴",
        "Han | 四九二九-一二三四",
        "keycaps | 4️⃣9️⃣2️⃣9️⃣-1️⃣2️⃣3️⃣4️⃣",
      })
  void readsDigitsOfAnyScript(String name, String text) {
    assertThat(matches("\\d{4}-\\d{4}", Subject.USER, text)).as(name).isTrue();
  }

  /** JSON in JSON: each level in the two shortest spellings that hide a letter. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void resolvesEscapesAtEveryLevel(int levels) {
    String text = "c\\u0072edit card";
    for (int level = 1; level < levels; level++) {
      text = text.replace("\\", "\\u005c");
    }
    for (Subject on : Subject.values()) {
      assertThat(matches("credit card", on, "{\"a\":\"" + text + "\"}")).isTrue();
      assertThat(matches("credit card", on, "Here: " + text)).isTrue();
      assertThat(matches("credit card", on, "{\"cre" + text.substring(1) + "\":1}")).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "{\"a\":\"credit\"|\"b\":[{\"c\":\"card\"}]}",
    "{\"a\":\"credit\\u0020\"|\"b\":\"card\"}"
  })
  void readsOneStringOfJsonBehindTheOther(String json) {
    assertThat(matches("credit ?card", Subject.USER, json.replace('|', ','))).isTrue();
  }

  /**
   * What whoever says it could have made such that it cannot be read is no reason to let it pass.
   */
  @ParameterizedTest
  @MethodSource("textsThatCannotBeRead")
  void failsByTheWordsWhereTheyCannotBeRead(String text, String why) {
    assertThat(judge("credit card", Subject.USER, text)).isEqualTo(Failed.ofWords(why));
  }

  private static Stream<Arguments> textsThatCannotBeRead() {
    String escaped = "\\";
    for (int level = 0; level < 20; level++) {
      escaped = escaped.replace("\\", "\\u005c");
    }
    String marks = "too many marks on a letter";
    return Stream.of(
        Arguments.of("\u0344".repeat(32_000) + "\u0316".repeat(32_000), marks),
        Arguments.of("a" + "\u0301".repeat(31), marks),
        Arguments.of("a" + "\u0344".repeat(16), marks), // each is two
        Arguments.of("a" + "\uff9e".repeat(31), marks), // a mark only behind normalisation
        Arguments.of("a" + "\u0316\u200b".repeat(31), marks), // one run, once it is read
        Arguments.of("\ufdfa".repeat(60_000), "too long"), // 18 for one
        Arguments.of("\u3300".repeat(20_000), "too long"),
        Arguments.of("\u00bc".repeat(22_000), "too long"),
        Arguments.of(escaped, "escaped too often"));
  }

  @Test
  void readsTheMostMarksThatALetterHas() {
    String text = "cre" + "\u0301".repeat(30) + "dit card";
    assertThat(matches("credit card", Subject.USER, text)).isTrue();
  }

  /** The cost of any text is that of its length: here for what is worst for each step. */
  @ParameterizedTest
  @MethodSource("longTexts")
  void readsAnyTextInItsTime(String text) {
    String longest = text.repeat(TextNormalizer.LONGEST_TEXT / text.length());
    PatternSearch search =
        new PatternSearch(
            List.of(Pattern.compile("credit card", Pattern.CASE_INSENSITIVE)),
            new Utterance(Subject.USER, List.of(longest), "s"),
            judgement -> {});
    long begun = System.nanoTime();
    while (!search.runSlice()) {
      // more to do
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }

  private static Stream<String> longTexts() {
    return Stream.of(
        "a\u0301\u0316\u0344",
        "\u1161", // Hangul that joins with whatever is before it
        "\uac00\u11a8",
        "\ua4f2",
        "\uDB40\uDC63",
        "\\u005c",
        "{\"a\":",
        "[");
  }

  /** An interrupt is heard in whichever step it comes. */
  @Test
  void endsWhereItIsInterrupted() {
    PatternSearch search =
        new PatternSearch(
            List.of(Pattern.compile("(a+)+$")),
            new Utterance(Subject.USER, List.of("a".repeat(60_000) + "!"), "s"),
            judgement -> {
              throw new AssertionError("nobody waits for it");
            });
    Thread.currentThread().interrupt();
    assertThat(search.runSlice()).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void readsArgumentsAsTheyWillBeReadAndAsTheyAreWritten() {
    String escaped = "{\"a\":{\"b\":[\"\\u0063redit card\"]}}";
    assertThat(matches("credit card", Subject.TOOL_CALLS, escaped)).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"credit card\":1}")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"\\u0063redit card\":1}")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"a\":\"credit card")).isTrue();
    assertThat(matches("credit card", Subject.TOOL_CALLS, "{\"a\":\"credit\"}")).isFalse();
  }

  @Test
  void canBeToldApartByCase() {
    assertThat(matches("(?-i)CARD", Subject.USER, "card")).isFalse();
    assertThat(matches("(?-i)CARD", Subject.USER, "CARD")).isTrue();
  }

  /** With backtracking, this would not end before the sun does. */
  @Test
  void takesTimeInProportionToTheText() {
    String text = "a".repeat(20_000) + "!";
    long begun = System.nanoTime();

    assertThat(matches("(a+)+$", Subject.USER, text)).isFalse();
    assertThat(matches("(a|aa)+$", Subject.USER, text)).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void everyLetterThatLooksLikeAnotherBecomesThatOne() throws UnjudgeableTextException {
    String latin = "abcdefghijklmnopqrstuvwxyz";
    assertThat(folded("аеорсухіјѕһԁԛԝвкмнтьαορνεικτυχηγβωոօսհցıɑɡɩɪʏʀɴʟӏԍ"))
        .isEqualTo("aeopcyxijshdqwbkmhtbaopveiktuxnybwnouhgiagiiyrnllg");
    assertThat(folded(latin)).isEqualTo(latin);
    assertThat(TextNormalizer.plain(latin)).isSameAs(latin);
    assertThat(folded("щ中")).isEqualTo("щ中");
  }

  private static String folded(String text) throws UnjudgeableTextException {
    return TextNormalizer.folded(TextNormalizer.plain(text), Lookalikes.STROKE);
  }
}
