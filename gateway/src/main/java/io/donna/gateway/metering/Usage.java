package io.donna.gateway.metering;

import java.math.BigDecimal;

/**
 * What one response or transcription used, or several together. Immutable.
 *
 * @param cached the part of {@code input} that the upstream had in its cache
 * @param seconds of audio, where the upstream counts by time instead
 */
public record Usage(Tokens input, Tokens cached, Tokens output, BigDecimal seconds) {
  public static final Usage NONE =
      new Usage(Tokens.NONE, Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);

  /** Input and output tokens, cached ones included. */
  public long tokens() {
    return input.total() + output.total();
  }

  public Usage plus(Usage more) {
    return new Usage(
        input.plus(more.input),
        cached.plus(more.cached),
        output.plus(more.output),
        seconds.add(more.seconds));
  }
}
