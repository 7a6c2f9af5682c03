package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a response says is judged often enough, and no character too often. */
class JudgedResponseTest {
  private final JudgedResponse reply = new JudgedResponse("r1", true);

  @Test
  void judgesALongResponseInTimeInProportionToIt() {
    long judged = 0;
    for (int said = 0; said < 60_000; said += 50) {
      reply.say("a/0", "x".repeat(50));
      judged += length(reply.newWords());
    }
    assertThat(judged)
        .isLessThan(60_000L * (JudgedResponse.OVERLAP + 50) / 50 + JudgedResponse.OVERLAP);
    assertThat(reply.wasJudgedInPieces()).isTrue();
    assertThat(length(reply.words())).isEqualTo(60_000);
  }

  private static long length(List<String> texts) {
    return texts.stream().mapToLong(String::length).sum();
  }

  @Test
  void showsAWordThatIsCutByAJudgement() {
    reply.say("a/0", "x".repeat(10_000) + "for");
    reply.newWords();
    reply.say("a/0", "bidden");

    assertThat(String.join("", reply.newWords()))
        .endsWith("forbidden")
        .hasSize(JudgedResponse.OVERLAP + 6);
  }

  @Test
  void showsAWordThatIsCutByThePartsOfAnAnswer() {
    reply.say("a/0", "x".repeat(10_000) + "for");
    reply.newWords();
    reply.say("a/1", "bidden");

    assertThat(String.join("", reply.newWords())).endsWith("forbidden");
  }

  @Test
  void isTooLongOnceNobodyWouldJudgeIt() {
    reply.say("a/0", "x".repeat(TextNormalizer.LONGEST_TEXT));
    assertThat(reply.isTooLong()).isFalse();
    reply.say("a/1", "x");
    assertThat(reply.isTooLong()).isTrue();
  }

  @Test
  void isTooLongInMoreCallsThanCanBeJudged() {
    for (int i = 0; i < 10_000; i++) {
      reply.beginCall("f" + i);
    }

    assertThat(reply.isTooLong()).isTrue();
  }

  @Test
  void isTooLongInManyCallsOfWhichNoneIs() {
    String arguments = "x".repeat(TextNormalizer.LONGEST_TEXT / 2);
    assertThat(reply.finishCall("f1", arguments, true)).isTrue();
    assertThat(reply.finishCall("f2", arguments, true)).isTrue();
    assertThat(reply.finishCall("f2", arguments, true)).isFalse();
    assertThat(reply.isTooLong()).isFalse();
    assertThat(reply.finishCall("f3", "x", true)).isFalse();
    assertThat(reply.isTooLong()).isTrue();
  }

  @Test
  void isTooLongInTooManyPieces() {
    for (int i = 0; i < 1_000; i++) {
      reply.say("a/" + i, "x");
    }
    assertThat(reply.isTooLong()).isTrue();
    assertThat(reply.words()).hasSizeLessThan(300);
  }

  @Test
  void keepsWhatWasToldOfAPartBesideWhatIsToldOfItLater() {
    reply.say("a/0", "It is");
    reply.saidAll("a/0", "It is forbidden");
    reply.saidAll("a/0", "It is fine");
    reply.saidAll("a/0", "It is fine");

    assertThat(reply.words()).containsExactly("It is forbidden", "It is fine");
  }

  @Test
  void judgesACallOnceForTheSameArgumentsAndAgainForOthers() {
    reply.beginCall("f");
    assertThat(reply.finishCall("f", "{}", true)).isTrue();
    assertThat(reply.finishCall("f", "{}", true)).isFalse();
    assertThat(reply.finishCall("f", "{\"a\":1}", true)).isTrue();
    reply.letCallPass("f");
    assertThat(reply.holds()).isTrue();
    reply.letCallPass("f");
    assertThat(reply.holds()).isFalse();
  }
}
