package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.util.List;
import java.util.Optional;

/** Whether a client's budgets still hold anything. Safe from any thread. */
final class Budgets {
  private final List<Budget> budgets;
  private final Client client;
  private final String session;
  private final Spendings spendings;

  Budgets(List<Budget> budgets, Client client, String session, Spendings spendings) {
    this.budgets = budgets;
    this.client = client;
    this.session = session;
    this.spendings = spendings;
  }

  /** Why nothing more may be asked for, if it may not. */
  Optional<Refusal> usedUp() {
    for (Budget budget : budgets) {
      Optional<String> name =
          switch (budget.per()) {
            case SESSION -> Optional.of(session);
            case USER -> Optional.of(client.user());
            case TENANT -> client.tenant();
            case TIER -> Optional.of(client.tier().name());
          };
      if (name.isPresent() && isUsedUp(budget, name.get())) {
        return Optional.of(
            new Refusal("budget_exceeded", "The budget of " + budget + " is used up."));
      }
    }
    return Optional.empty();
  }

  private boolean isUsedUp(Budget budget, String name) {
    Spendings.Spent spent = spendings.spent(budget.per(), name, budget.window());
    return budget.tokens().map(most -> spent.tokens() >= most).orElse(false)
        || budget.usd().map(most -> spent.usd().compareTo(most) >= 0).orElse(false);
  }
}
