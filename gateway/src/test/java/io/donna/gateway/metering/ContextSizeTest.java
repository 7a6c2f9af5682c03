package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the next response reads, in tokens of text, audio and images. */
class ContextSizeTest {
  private final ContextSize size = new ContextSize();

  private static Tokens text(long tokens) {
    return new Tokens(tokens, 0, 0);
  }

  private Tokens next() {
    return size.with(Tokens.NONE);
  }

  /** A token for three bytes, 100 ms of speech, or 1,500 for an image, and never too few. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0, 0, 0",
    "1, 0, 0, 1, 0, 0",
    "3, 0, 0, 1, 0, 0",
    "4, 0, 0, 2, 0, 0",
    "0, 6400, 0, 0, 1, 0", // 4,800 bytes of PCM
    "0, 6404, 0, 0, 2, 0",
    "0, 0, 2, 0, 0, 3000",
    "3000, 64000, 1, 1000, 10, 1500",
  })
  void measuresAMessage(
      long textBytes, long base64, int images, long text, long audio, long image) {
    assertThat(ContextSize.of(new MessageContents(textBytes, base64, images), 48_000))
        .isEqualTo(new Tokens(text, audio, image));
  }

  @Test
  void isWhatTheLastResponseReadAndSaidAndWhatWasAddedSinceItWasRequested() {
    size.add(text(5));
    Tokens before = size.added();
    size.add(text(7));
    assertThat(next()).isEqualTo(text(12));

    size.answered(new Tokens(100, 20, 3), before);

    assertThat(next()).isEqualTo(new Tokens(107, 20, 3));
    assertThat(size.with(new Tokens(1, 1, 1))).isEqualTo(new Tokens(108, 21, 4));
    assertThat(size.with(text(1), 3)).isEqualTo(new Tokens(322, 60, 9));
    assertThat(size.with(text(1), 0)).isEqualTo(text(1));
  }

  /** What an update asks for counts once: when it is requested, or else when it is stated. */
  @Test
  void countsAnUpdateOnce() {
    size.session(300);
    size.stated(300);
    assertThat(next()).isEqualTo(text(100));
    size.stated(300);
    size.stated(30);
    assertThat(next()).isEqualTo(text(100));
    size.stated(330);
    assertThat(next()).isEqualTo(text(200));
  }

  @Test
  void countsWhatAnUpstreamStatesBeyondWhatWasRequested() {
    size.session(300);
    size.stated(900);
    assertThat(next()).isEqualTo(text(300));
    size.stated(1_200);
    assertThat(next()).isEqualTo(text(400));
  }

  /** Of 300 bytes requested, 90 are stated: the other 210 may be stated later. */
  @Test
  void keepsWhatWasRequestedUntilItIsStated() {
    size.session(300);
    size.stated(90);
    size.stated(300);
    assertThat(next()).isEqualTo(text(100));
    size.stated(303);
    assertThat(next()).isEqualTo(text(101));
  }

  @Test
  void readsTheLongestSessionWhereItReadsNothingElse() {
    size.session(90);
    size.session(30);
    size.add(text(1_000));
    assertThat(size.without(text(2))).isEqualTo(text(32));
    size.stated(300);
    assertThat(size.without(text(2))).isEqualTo(text(102));
  }

  /** The next response reads the session that this one has not read. */
  @Test
  void addsTheSessionToAResponseWithInstructionsOfItsOwn() {
    size.session(90);
    size.answeredWithoutSession(text(10), size.added());

    assertThat(next()).isEqualTo(text(40));
  }

  /** 128,000 tokens, or what a response is known to have read; the dearest kinds stay. */
  @Test
  void readsNoMoreThanAnyModelDoes() {
    size.add(new Tokens(200_000, 100_000, 10_000));
    assertThat(next()).isEqualTo(new Tokens(18_000, 100_000, 10_000));
    assertThat(size.with(new Tokens(0, 100_000, 0))).isEqualTo(new Tokens(0, 128_000, 0));
    assertThat(size.with(new Tokens(0, 20_000, 10_000))).isEqualTo(new Tokens(0, 120_000, 8_000));
    assertThat(size.without(new Tokens(200_000, 1, 0))).isEqualTo(new Tokens(127_999, 1, 0));

    size.answered(text(150_000), size.added());
    assertThat(next()).isEqualTo(text(150_000));
    size.add(text(1));
    assertThat(next()).isEqualTo(text(150_000));
  }
}
