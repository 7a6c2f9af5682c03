package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An amount spent. Immutable.
 *
 * @param tokens input and output tokens; audio billed by time counts as ten tokens a second
 * @param cost in US dollars
 */
public record Spent(long tokens, BigDecimal cost) {
  public static final Spent NOTHING = new Spent(0, BigDecimal.ZERO);

  /** More than anybody spends, and so little that thousands of it can be added. */
  private static final long BOUNDLESS = 1L << 50;

  /** A part of a cost is precise to that of a thousandth of a token. */
  private static final int MAX_DECIMALS = 15;

  Spent plus(UsageRecord usage) {
    return plus(new Spent(usage.usage().budgetTokens(), usage.cost()));
  }

  /** The sum. */
  public Spent plus(Spent more) {
    return new Spent(tokens + more.tokens, cost.add(more.cost));
  }

  Spent minus(Spent less) {
    return new Spent(tokens - less.tokens, cost.subtract(less.cost));
  }

  /** The amounts of a budget; where it has none, more than anybody spends. */
  static Spent of(Budget budget) {
    return new Spent(
        budget.tokens().orElse(BOUNDLESS), budget.usd().orElse(BigDecimal.valueOf(BOUNDLESS)));
  }

  /** One of {@code parts} equal parts, rounded down. */
  Spent over(int parts) {
    return new Spent(
        Math.floorDiv(tokens, (long) parts),
        cost.divide(BigDecimal.valueOf(parts), MAX_DECIMALS, RoundingMode.FLOOR));
  }

  /** The smaller tokens and the smaller cost of both. */
  Spent least(Spent other) {
    return new Spent(Math.min(tokens, other.tokens), cost.min(other.cost));
  }

  /** The larger tokens and the larger cost of both. */
  public Spent most(Spent other) {
    return new Spent(Math.max(tokens, other.tokens), cost.max(other.cost));
  }

  boolean isNothing() {
    return tokens == 0 && cost.signum() == 0;
  }
}
