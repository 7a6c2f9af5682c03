package io.donna.gateway.metering;

import io.donna.gateway.config.ModelPrice;
import io.donna.gateway.config.ModelPrice.Rate;
import io.donna.gateway.config.ModelPrice.TokenRates;
import io.donna.gateway.config.PriceList;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Prices usage, in US dollars: exactly where it is by the token; by the minute rounded once, half
 * up, at a millionth of a millionth of a dollar. Safe from any thread.
 */
final class Prices {
  private static final int MINUTE_SCALE = 12;
  private static final BigDecimal SECONDS_PER_MINUTE = BigDecimal.valueOf(60);

  /** A token of what a user says is 100 ms of it. */
  private static final BigDecimal TOKENS_PER_SECOND = BigDecimal.TEN;

  private final PriceList list;

  Prices(PriceList list) {
    this.list = list;
  }

  boolean lists(String model) {
    return list.find(model).isPresent();
  }

  BigDecimal cost(String model, Usage usage) {
    return plain(cost(list.find(model).orElse(list.otherwise()), usage));
  }

  /** Where a price is for tokens and the usage in seconds, or the other way round, one is made. */
  private static BigDecimal cost(ModelPrice price, Usage usage) {
    boolean inTokens = usage.tokens() > 0;
    if (price.minute().isPresent() && (!inTokens || price.tokens().isEmpty())) {
      return price
          .minute()
          .get()
          .multiply(inTokens && usage.seconds().signum() == 0 ? secondsOf(usage) : usage.seconds())
          .divide(SECONDS_PER_MINUTE, MINUTE_SCALE, RoundingMode.HALF_UP);
    }
    Usage counted = inTokens ? usage : tokensOf(usage);
    return price.tokens().map(rates -> cost(rates, counted)).orElse(BigDecimal.ZERO);
  }

  private static BigDecimal cost(TokenRates rates, Usage usage) {
    Tokens in = usage.input();
    Tokens cached = usage.cached();
    Tokens out = usage.output();
    return cost(rates.text(), in.text(), cached.text(), out.text())
        .add(cost(rates.audio(), in.audio(), cached.audio(), out.audio()))
        .add(cost(rates.image(), in.image(), cached.image(), out.image()))
        .scaleByPowerOfTen(-6);
  }

  private static BigDecimal cost(Rate rate, long in, long cached, long out) {
    return rate.input()
        .multiply(BigDecimal.valueOf(in - cached))
        .add(rate.cached().multiply(BigDecimal.valueOf(cached)))
        .add(rate.output().multiply(BigDecimal.valueOf(out)));
  }

  private static BigDecimal secondsOf(Usage usage) {
    return BigDecimal.valueOf(usage.input().audio()).divide(TOKENS_PER_SECOND);
  }

  private static Usage tokensOf(Usage usage) {
    BigDecimal audio =
        usage.seconds().multiply(TOKENS_PER_SECOND).setScale(0, RoundingMode.CEILING);
    return new Usage(
        new Tokens(0, audio.longValueExact(), 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
  }

  private static BigDecimal plain(BigDecimal dollars) {
    BigDecimal stripped = dollars.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
