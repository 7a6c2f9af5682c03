package io.donna.gateway.config;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * The price of a model in US dollars, per token, per minute or both.
 *
 * @param tokens prices of tokens
 * @param minute price of a minute of audio
 */
public record ModelPrice(Optional<TokenRates> tokens, Optional<BigDecimal> minute) {
  /** Dollars per million tokens; {@code cached} for input tokens from the cache. */
  public record Rate(BigDecimal input, BigDecimal cached, BigDecimal output) {}

  public record TokenRates(Rate text, Rate audio, Rate image) {}
}
