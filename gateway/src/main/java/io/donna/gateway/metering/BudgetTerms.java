package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.List;
import java.util.function.Supplier;

/**
 * What holds a session's responses.
 *
 * @param held the budgets, as they are when somebody asks, that a response's cost is reserved
 *     against before it is asked for
 * @param gatesTurns whether the upstream may make no response that nobody asked for
 * @param seesClient whether the client's messages are shown to inspectors
 */
public record BudgetTerms(Supplier<List<Budget>> held, boolean gatesTurns, boolean seesClient) {
  public static final BudgetTerms NONE = new BudgetTerms(List::of, false, false);

  List<Budget> budgets() {
    return held.get();
  }

  /** Whether costs are reserved. */
  boolean reserves() {
    return !budgets().isEmpty();
  }
}
