package io.donna.gateway.config;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * What a model costs, in US dollars. At least one of the two is there.
 *
 * @param tokens by the token
 * @param minute by the minute of audio
 */
public record ModelPrice(Optional<TokenRates> tokens, Optional<BigDecimal> minute) {
  /** Dollars for a million tokens; {@code cached} for what of the input was in the cache. */
  public record Rate(BigDecimal input, BigDecimal cached, BigDecimal output) {}

  public record TokenRates(Rate text, Rate audio, Rate image) {}
}
