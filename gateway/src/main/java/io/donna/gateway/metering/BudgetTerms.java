package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.List;
import java.util.function.Supplier;

/**
 * How a session's budgets apply to its responses.
 *
 * @param currentBudgets supplies the budgets, as they are now, against which a response's cost is
 *     reserved before it is requested
 * @param gatesTurns whether the upstream may not start responses that nobody requested
 * @param seesClient whether inspectors see the client's messages
 */
public record BudgetTerms(
    Supplier<List<Budget>> currentBudgets, boolean gatesTurns, boolean seesClient) {
  public static final BudgetTerms NONE = new BudgetTerms(List::of, false, false);

  List<Budget> budgets() {
    return currentBudgets.get();
  }

  /** Whether costs are reserved. */
  boolean reserves() {
    return !budgets().isEmpty();
  }
}
