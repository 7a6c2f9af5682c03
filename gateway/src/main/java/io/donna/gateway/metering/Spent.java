package io.donna.gateway.metering;

import java.math.BigDecimal;

/**
 * An amount spent. Immutable.
 *
 * @param tokens input and output tokens; audio billed by time counts as ten tokens a second
 * @param cost in US dollars
 */
public record Spent(long tokens, BigDecimal cost) {
  public static final Spent NOTHING = new Spent(0, BigDecimal.ZERO);

  Spent plus(UsageRecord usage) {
    return plus(new Spent(usage.usage().budgetTokens(), usage.cost()));
  }

  Spent plus(Spent more) {
    return new Spent(tokens + more.tokens, cost.add(more.cost));
  }

  Spent minus(Spent less) {
    return new Spent(tokens - less.tokens, cost.subtract(less.cost));
  }

  boolean isNothing() {
    return tokens == 0 && cost.signum() == 0;
  }
}
