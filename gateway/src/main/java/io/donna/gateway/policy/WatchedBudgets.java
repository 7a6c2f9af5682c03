package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Budget;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The budgets that one session spends of, whose spending on other replicas it follows. Confined to
 * the session's event loop.
 */
final class WatchedBudgets {
  private final SpendingSource spending;

  /** Each with the name of whose it is. */
  private Map<Budget, String> watched = Map.of();

  WatchedBudgets(SpendingSource spending) {
    this.spending = spending;
  }

  /**
   * Follows the budgets of {@code spender}, and no others any more.
   *
   * @return completes, from any thread, when it has been looked up once what is spent of them
   */
  CompletionStage<Void> watch(PolicySubject spender) {
    Map<Budget, String> now = new HashMap<>();
    for (Budget budget : spender.tier().budgets()) {
      spender.payer(budget.per()).ifPresent(payer -> now.put(budget, payer));
    }
    Map<Budget, String> added = new HashMap<>(now);
    added.keySet().removeAll(watched.keySet());
    added.forEach(spending::watch);
    Map<Budget, String> before = watched;
    watched = now;
    before.forEach((budget, payer) -> {
      if (!now.containsKey(budget)) {
        spending.unwatch(budget, payer);
      }
    });
    Map<Budget.Per, String> payers = new HashMap<>();
    added.forEach((budget, payer) -> payers.put(budget.per(), payer));
    return CompletableFuture.allOf(
        payers.entrySet().stream()
            .map(payer -> spending.look(payer.getKey(), payer.getValue()).toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  /** Follows nothing any more. */
  void end() {
    watched.forEach(spending::unwatch);
    watched = Map.of();
  }
}
