package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.List;

/**
 * What holds a session's responses.
 *
 * @param budgets that a response's cost is reserved against before it is asked for
 * @param gatesTurns whether the upstream may make no response that nobody asked for
 * @param seesClient whether the client's messages are shown to inspectors
 */
public record Terms(List<Budget> budgets, boolean gatesTurns, boolean seesClient) {
  public static final Terms NONE = new Terms(List.of(), false, false);

  public Terms {
    budgets = List.copyOf(budgets);
  }

  /** Whether costs are reserved. */
  boolean reserves() {
    return !budgets.isEmpty();
  }
}
