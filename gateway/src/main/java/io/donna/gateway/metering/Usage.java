package io.donna.gateway.metering;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The usage of one response or transcription, or the sum of several. Immutable.
 *
 * @param cached the part of {@code input} that the upstream had cached
 * @param seconds of audio, if the upstream counts by time instead
 */
public record Usage(Tokens input, Tokens cached, Tokens output, BigDecimal seconds) {
  /** A token is 100 ms of a user's speech. */
  static final BigDecimal TOKENS_PER_SECOND = BigDecimal.TEN;

  public static final Usage NONE =
      new Usage(Tokens.NONE, Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);

  /** Input and output tokens, cached ones included. */
  public long tokens() {
    return input.total() + output.total();
  }

  /**
   * The tokens that count for a budget: {@link #tokens}, or ten a second if the upstream counts by
   * time.
   */
  long budgetTokens() {
    return Math.max(tokens(), tokensIn(seconds));
  }

  /** Ten tokens a second of a user's speech, rounded up. */
  static long tokensIn(BigDecimal seconds) {
    return seconds.multiply(TOKENS_PER_SECOND).setScale(0, RoundingMode.CEILING).longValueExact();
  }

  public Usage plus(Usage more) {
    return new Usage(
        input.plus(more.input),
        cached.plus(more.cached),
        output.plus(more.output),
        seconds.add(more.seconds));
  }
}
