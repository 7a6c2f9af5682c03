package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Whether a client's budgets still hold anything. Safe from any thread. */
public final class Budgets {
  private final List<Budget> budgets;
  private final PolicySubject client;
  private final String session;
  private final SpendingSource spendings;

  Budgets(List<Budget> budgets, PolicySubject client, String session, SpendingSource spendings) {
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
        return Optional.of(usedUp(budget));
      }
    }
    return Optional.empty();
  }

  private boolean isUsedUp(Budget budget, String name) {
    SpendingSource.Spent spent = spendings.spent(budget.per(), name, budget.window());
    return isUsedUp(budget, spent.tokens(), spent.usd());
  }

  /** Whether somebody who has spent that much has nothing left of {@code budget}. */
  public static boolean isUsedUp(Budget budget, long tokens, BigDecimal usd) {
    return budget.tokens().map(most -> tokens >= most).orElse(false)
        || budget.usd().map(most -> usd.compareTo(most) >= 0).orElse(false);
  }

  /** What a session is told that ends because {@code budget} is used up. */
  public static Refusal usedUp(Budget budget) {
    return new Refusal("budget_exceeded", "The budget of " + budget + " is used up.");
  }
}
