package io.donna.gateway.metering;

import io.donna.gateway.config.ModelPrice;
import io.donna.gateway.config.ModelPrice.Rate;
import io.donna.gateway.config.ModelPrice.TokenRates;
import io.donna.gateway.config.PriceList;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Prices usage in US dollars. Prices per token are exact; prices per minute are rounded once, half
 * up, to 12 decimal places of a dollar. Safe from any thread.
 */
final class Prices {
  private static final int MINUTE_SCALE = 12;
  private static final BigDecimal SECONDS_PER_MINUTE = BigDecimal.valueOf(60);

  private final Supplier<PriceList> list;

  Prices(Supplier<PriceList> list) {
    this.list = list;
  }

  boolean lists(String model) {
    return listedName(model).isPresent();
  }

  /** The name by which {@code model} is priced. */
  Optional<String> listedName(String model) {
    return list.get().nameOf(model);
  }

  BigDecimal cost(String model, Usage usage) {
    return plain(cost(price(model), usage));
  }

  private ModelPrice price(String model) {
    PriceList prices = list.get();
    return prices.find(model).orElse(prices.otherwise());
  }

  /**
   * The price of the most expensive kind of output token of {@code model}. For a model billed by
   * time, the price of a token's duration.
   */
  BigDecimal outputToken(String model) {
    ModelPrice price = price(model);
    return price
        .tokens()
        .map(rates -> rates.text().output().max(rates.audio().output()).scaleByPowerOfTen(-6))
        .or(() -> price.minute().map(Prices::ofOneToken))
        .orElse(BigDecimal.ZERO);
  }

  private static BigDecimal ofOneToken(BigDecimal minute) {
    return minute.divide(
        SECONDS_PER_MINUTE.multiply(Usage.TOKENS_PER_SECOND), MINUTE_SCALE, RoundingMode.UP);
  }

  /** The model for which {@code usage} costs more. */
  String dearer(String one, String other, Usage usage) {
    return cost(other, usage).compareTo(cost(one, usage)) > 0 ? other : one;
  }

  /** Whether {@code model} is billed by time, not by token. */
  boolean isByTheMinute(String model) {
    return price(model).minute().isPresent();
  }

  /** Converts between tokens and seconds if the price is in one and the usage in the other. */
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
    // If no token is audio, every token counts as audio, so that none is free.
    long heard = usage.input().audio() > 0 ? usage.input().audio() : usage.tokens();
    return BigDecimal.valueOf(heard).divide(Usage.TOKENS_PER_SECOND);
  }

  private static Usage tokensOf(Usage usage) {
    Tokens audio = new Tokens(0, Usage.tokensIn(usage.seconds()), 0);
    return new Usage(audio, Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
  }

  private static BigDecimal plain(BigDecimal dollars) {
    BigDecimal stripped = dollars.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
