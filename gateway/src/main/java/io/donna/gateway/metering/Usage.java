package io.donna.gateway.metering;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What one response or transcription used, or several together. Immutable.
 *
 * @param cached the part of {@code input} that the upstream had in its cache
 * @param seconds of audio, where the upstream counts by time instead
 */
public record Usage(Tokens input, Tokens cached, Tokens output, BigDecimal seconds) {
  /** A token of what a user says is 100 ms of it. */
  static final BigDecimal TOKENS_PER_SECOND = BigDecimal.TEN;

  public static final Usage NONE =
      new Usage(Tokens.NONE, Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);

  /** Input and output tokens, cached ones included. */
  public long tokens() {
    return input.total() + output.total();
  }

  /**
   * What counts in a budget of tokens: {@link #tokens}, or ten for each second where the upstream
   * counts by time.
   */
  long budgetTokens() {
    return Math.max(tokens(), tokensIn(seconds));
  }

  /** A second of what a user says is ten tokens; what is begun counts whole. */
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
