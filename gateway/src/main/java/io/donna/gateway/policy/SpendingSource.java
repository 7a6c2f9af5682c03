package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

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

  /** A session begins that spends of {@code budget}, which is of {@code name}. */
  default void watch(Budget budget, String name) {}

  /** Such a session has ended. */
  default void unwatch(Budget budget, String name) {}

  /**
   * Looks up what {@code name} spends on other replicas.
   *
   * @return completes, from any thread, when that has been heard or nobody answers
   */
  default CompletionStage<Void> look(Budget.Per per, String name) {
    return CompletableFuture.completedStage(null);
  }
}
