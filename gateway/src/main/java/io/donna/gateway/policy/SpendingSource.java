package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;

/** Looks up spending, for budgets. Safe from any thread. */
public interface SpendingSource {
  /**
   * An amount spent.
   *
   * @param tokens input and output tokens
   * @param usd US dollars
   */
  record Spent(long tokens, BigDecimal usd) {
    public static final Spent NOTHING = new Spent(0, BigDecimal.ZERO);
  }

  /** The spending of {@code name}, an owner of the kind {@code per}, in the current window. */
  Spent spent(Budget.Per per, String name, Budget.Window window);
}
