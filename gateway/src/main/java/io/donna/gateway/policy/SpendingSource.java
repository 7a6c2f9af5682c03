package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;

/** What has been spent so far, as far as budgets ask. Safe from any thread. */
public interface SpendingSource {
  /**
   * What somebody has spent.
   *
   * @param tokens input and output
   * @param usd US dollars
   */
  record Spent(long tokens, BigDecimal usd) {
    public static final Spent NOTHING = new Spent(0, BigDecimal.ZERO);
  }

  /** What {@code name}, of the kind {@code per}, has spent in the window that it is now. */
  Spent spent(Budget.Per per, String name, Budget.Window window);
}
