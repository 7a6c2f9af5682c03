package io.donna.gateway.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Property;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static final String KEY = "sk-proj-Zq81bCdEfGhIjKlMnOpabcd";
  private static final String HEADER = "Bearer custom\"key\\of-the-upstream";

  private final Redaction redaction = new Redaction(List.of(KEY, HEADER, "short"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        KEY,
        "Bearer " + KEY,
        "sk-proj-****abcd",
        "sk-proj-***********************abcd",
        "sk-...abcd",
        "sk-p...abcd",
        "sk-p\u2026abcd",
        "sk-p\u2022\u2022\u2022\u2022abcd",
        "****abcd",
        "sk-proj-****",
        "sk-proj-xxxxxxxxabcd",
        "sk-proj-####abcd",
        "custom\"key\\of-the-upstream",
        "custom\\\"key\\\\of-the-upstream",
      })
  void cutsASecretWholeOrMasked(String spelt) {
    for (String sentence :
        List.of(
            "%s",
            "Incorrect API key provided: %s.",
            "Incorrect API key provided: %s. You can find your API key at https://example.com.",
            "key=%s&x=y",
            "{\"error\":\"%s\"}",
            "(%s)",
            "first %s, then %1$s")) {
      String text = sentence.formatted(spelt);

      assertThat(redaction.cut(text))
          .contains(Redaction.CUT)
          .doesNotContain("abcd")
          .doesNotContain("sk-p")
          .doesNotContain("of-the-upstream");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "short",
        "Wait... what?",
        "xxxx",
        "****",
        "sk-",
        "ends with abcd",
        "***bold***",
        "a..b....c",
        "Rate limit reached: 10 of 10."
      })
  void leavesEverythingElseAsItIs(String text) {
    assertThat(redaction.cut(text)).isSameAs(text);
  }

  @Test
  void cutsASecretOutOfBase64WhereverItStandsInIt() {
    for (String before : List.of("", "a", "ab", "user:", "x".repeat(100))) {
      byte[] bytes = (before + KEY + ":after").getBytes(UTF_8);

      assertThat(redaction.cut("Basic " + Base64.getEncoder().encodeToString(bytes)))
          .contains(Redaction.CUT);
      assertThat(redaction.cut("?key=" + Base64.getUrlEncoder().encodeToString(bytes)))
          .contains(Redaction.CUT);
    }
  }

  @Test
  void cutsOfAnUpstreamsWordsAlsoWhatIdentifiesAnAccount() {
    assertThat(
            redaction.cutForeign(
                "Rate limit in organization org-AbC123456 of proj_1234567 for sk-other-123456."))
        .isEqualTo("Rate limit in organization [redacted] of [redacted] for [redacted].");
    assertThat(redaction.cut("org-AbC123456")).isEqualTo("org-AbC123456");
    assertThat(redaction.cutForeign("an org-wide-agreement, 5 sk-lines"))
        .isEqualTo("an org-wide-agreement, 5 sk-lines");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "proj-Zq81bCdEfGhIjKlMnOpabcd",
        "sk-proj-Zq81bCdEfGhIjKlMn",
        "q81bCdEfGhIjKlMn",
        "SK-PROJ-ZQ81BCDEFGHIJKLMNOPABCD",
        "sk-\u200bproj-Zq81bCdEfGhIjKlMnOpabcd",
      })
  void cutsAGoodPartOfASecretWhereverItStands(String part) {
    for (int before = 0; before < 20; before++) {
      String text = "/".repeat(before) + part + "!" + part;

      assertThat(redaction.cut(text))
          .startsWith("/".repeat(before))
          .contains(Redaction.CUT + "!")
          .doesNotContainIgnoringCase("q81bCdEfGhIjKlMn");
    }
  }

  @Test
  void leavesAShortPartOfASecret() {
    assertThat(redaction.cut("sk-proj-Zq81bCd or IjKlMnOpabc_"))
        .isEqualTo("sk-proj-Zq81bCd or IjKlMnOpabc_");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%s", "a/%s", "https://x/%s/keys", "@%s", "key:%s.", "%s/", "\u2028%s"})
  void cutsAnIdentifierBehindAnySign(String where) {
    for (String identifier : List.of("org-AbCdEf123456", "proj_AbCdEf123456", "sk-other-123456")) {
      assertThat(redaction.cutForeign(where.formatted(identifier)))
          .isEqualTo(where.formatted(Redaction.CUT));
    }
    assertThat(redaction.cutForeign("task-123456789012 reorg-123456789012"))
        .isEqualTo("task-123456789012 reorg-123456789012");
  }

  @Test
  void cutsWhatIsReadLaterAndForgetsTheOldestOfMany() {
    for (int i = 0; i < 100; i++) {
      redaction.add("Bearer renewed-token-" + i + "-end");
    }

    assertThat(redaction.cut("token renewed-token-99-end")).isEqualTo("token " + Redaction.CUT);
    assertThat(redaction.cut("rene...9-end")).isEqualTo(Redaction.CUT);
    assertThat(redaction.cut("renewed-token-1-end")).isEqualTo("renewed-token-1-end");
  }

  @Test
  void leavesNoneInAnyText() {
    Property.holds(
        300,
        choices -> {
          StringBuilder text = new StringBuilder();
          while (choices.hasMore()) {
            text.append(
                choices.of(List.of(KEY, " ", "\"", ".", "*", "sk-", "abcd", "x", "\\", ":", "=")));
          }
          assertThat(redaction.cut(text.toString())).doesNotContain(KEY);
        });
  }
}
