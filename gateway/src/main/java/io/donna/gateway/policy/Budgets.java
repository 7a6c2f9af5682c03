package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Checks a client's budgets against its spending. Safe from any thread. */
public final class Budgets {
  private final List<Budget> budgets;
  private final PolicySubject subject;
  private final String session;
  private final SpendingSource spending;

  Budgets(List<Budget> budgets, PolicySubject subject, String session, SpendingSource spending) {
    this.budgets = budgets;
    this.subject = subject;
    this.session = session;
    this.spending = spending;
  }

  /** The refusal, if any budget is used up. */
  Optional<PolicyRefusal> usedUp() {
    for (Budget budget : budgets) {
      Optional<String> name = owner(budget.per());
      if (name.isPresent() && isUsedUp(budget, name.get())) {
        return Optional.of(usedUp(budget));
      }
    }
    return Optional.empty();
  }

  private Optional<String> owner(Budget.Per per) {
    return per == Budget.Per.SESSION ? Optional.of(session) : subject.payer(per);
  }

  private boolean isUsedUp(Budget budget, String name) {
    SpendingSource.Spent spent = spending.spent(budget.per(), name, budget.window());
    return isUsedUp(budget, spent.tokens(), spent.usd());
  }

  /** Whether {@code tokens} or {@code usd} use up {@code budget}. */
  public static boolean isUsedUp(Budget budget, long tokens, BigDecimal usd) {
    return budget.tokens().map(most -> tokens >= most).orElse(false)
        || budget.usd().map(most -> usd.compareTo(most) >= 0).orElse(false);
  }

  /** The refusal sent to a session that ends because {@code budget} is used up. */
  public static PolicyRefusal usedUp(Budget budget) {
    return new PolicyRefusal("budget_exceeded", "The budget of " + budget + " is used up.");
  }
}
