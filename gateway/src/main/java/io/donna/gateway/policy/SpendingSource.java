package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.util.Collection;
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

  /**
   * A session begins that spends of {@code budgets}, which are all of {@code name}.
   *
   * @return completes, from any thread, when other replicas have been heard of or are silent
   */
  default CompletionStage<Void> watch(Budget.Per per, String name, Collection<Budget> budgets) {
    return CompletableFuture.completedStage(null);
  }

  /** Such a session has ended. */
  default void unwatch(Budget.Per per, String name) {}
}
