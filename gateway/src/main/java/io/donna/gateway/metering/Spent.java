package io.donna.gateway.metering;

import java.math.BigDecimal;

/**
 * What somebody has used up. Immutable.
 *
 * @param tokens input and output
 * @param cost in US dollars
 */
public record Spent(long tokens, BigDecimal cost) {
  public static final Spent NOTHING = new Spent(0, BigDecimal.ZERO);

  Spent plus(UsageRecord usage) {
    return new Spent(tokens + usage.usage().tokens(), cost.add(usage.cost()));
  }
}
