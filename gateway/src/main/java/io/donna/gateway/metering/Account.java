package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one owner has spent on this replica, and on others as far as they have said. Guarded by the
 * {@link Ledger}'s lock.
 */
final class Account {
  /** Spending in the window that began at {@code begin}. */
  record Page(Instant begin, Spent spent) {
    static final Page EMPTY = new Page(Instant.EPOCH, Spent.NOTHING);

    Page plus(Instant window, Spent more) {
      if (window.isBefore(begin)) {
        return this;
      }
      return new Page(window, spent(window).plus(more));
    }

    Spent spent(Instant window) {
      return window.equals(begin) ? spent : Spent.NOTHING;
    }
  }

  /**
   * What this replica says of the account to the others.
   *
   * @param held of each budget that its sessions spend of, by the budget
   * @param dropped budgets of which it held something when it last spoke, and no longer does
   */
  record Statement(
      AccountOwner owner,
      Map<Budget.Window, Page> spent,
      Map<Budget, Spent> held,
      Set<Budget> dropped) {}

  /**
   * What the other replicas have said of the account.
   *
   * @param spent in the windows that are this replica's, too
   * @param held of each budget, by {@link #key}
   * @param sessions replicas with live sessions of the owner
   */
  record Others(Map<Budget.Window, Page> spent, Map<String, Spent> held, int sessions) {
    static final Others NOBODY = new Others(Map.of(), Map.of(), 0);
  }

  private final Map<Budget.Window, Page> own = new EnumMap<>(Budget.Window.class);

  /** The budgets that sessions here spend of, with the number of these sessions. */
  private final Map<Budget, Integer> budgets = new HashMap<>(2);

  /** What this replica had said it has spent when it last heard of the others. */
  private Map<Budget.Window, Page> stated = Map.of();

  /** What it may take of each budget beside that: what the others have heard that it holds. */
  private Map<Budget, Spent> held = new HashMap<>(2);

  /** The budgets of its last statement. */
  private Set<Budget> spokenOf = Set.of();

  private Others others = Others.NOBODY;

  /** What is reserved on this replica. */
  Spent reserved = Spent.NOTHING;

  /** The part of it that is certain, and will be charged. */
  Spent owed = Spent.NOTHING;

  int inFlight;

  /** By what replicas know a budget: policies may differ while they are being changed. */
  static String key(Budget budget) {
    return "%s %s %s"
        .formatted(
            budget.window(),
            budget.tokens().map(String::valueOf).orElse("-"),
            budget.usd().map(usd -> usd.stripTrailingZeros().toPlainString()).orElse("-"));
  }

  /** Whether nothing would be lost with it. */
  boolean isEmpty() {
    return inFlight == 0 && own.isEmpty() && !isWatched() && spokenOf.isEmpty();
  }

  void add(Budget.Window window, Instant begin, Spent more) {
    own.put(window, page(window).plus(begin, more));
  }

  /** What this replica has spent. */
  Page page(Budget.Window window) {
    return own.getOrDefault(window, Page.EMPTY);
  }

  /** What all replicas have spent, as far as it is known. */
  Spent spent(Budget.Window window, Instant begin) {
    return page(window).spent(begin).plus(spentByOthers(window, begin));
  }

  private Spent spentByOthers(Budget.Window window, Instant begin) {
    return others.spent.getOrDefault(window, Page.EMPTY).spent(begin);
  }

  private Spent statedSpent(Budget.Window window, Instant begin) {
    return stated.getOrDefault(window, Page.EMPTY).spent(begin);
  }

  /** What this replica has spent since it last heard of the others. */
  Spent spentSince(Budget.Window window, Instant begin) {
    return page(window).spent(begin).minus(statedSpent(window, begin));
  }

  /**
   * What may still be reserved here of {@code budget}, in as far as it limits tokens or cost: of
   * what this replica holds, and of what the others leave. Where it does not hold anything yet and
   * nobody answers, it has an equal part of the budget.
   *
   * @param parts the number of replicas if nobody answers; 0 if they do
   */
  Spent left(Budget budget, Instant begin, int parts) {
    Budget.Window window = budget.window();
    Spent holds = held.get(budget);
    if (holds == null) {
      Spent part =
          parts == 0
              ? Spent.NOTHING
              : Spent.of(budget)
                  .minus(spentByOthers(window, begin))
                  .over(parts)
                  .minus(page(window).spent(begin));
      return part.minus(reserved);
    }
    Spent unspent =
        Spent.of(budget)
            .minus(spentByOthers(window, begin))
            .minus(heldByOthers(budget))
            .minus(statedSpent(window, begin));
    return holds.least(unspent).minus(spentSince(window, begin)).minus(reserved);
  }

  private Spent heldByOthers(Budget budget) {
    return others.held.getOrDefault(key(budget), Spent.NOTHING);
  }

  /** A session begins here that spends of {@code budget}. */
  void watch(Budget budget) {
    budgets.merge(budget, 1, Integer::sum);
  }

  /** Such a session has ended. */
  void unwatch(Budget budget) {
    budgets.computeIfPresent(budget, (known, sessions) -> sessions > 1 ? sessions - 1 : null);
    if (!budgets.containsKey(budget)) {
      held.remove(budget);
    }
  }

  /** Whether the spending of others matters to a session here. */
  boolean isWatched() {
    return !budgets.isEmpty();
  }

  /** What there is to say now. */
  Statement statement(AccountOwner owner, Function<Budget.Window, Instant> beginOf) {
    Map<Budget, Spent> saying =
        budgets.keySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), budget -> hold(budget, beginOf.apply(budget.window()))));
    Set<Budget> dropped =
        spokenOf.stream()
            .filter(budget -> !saying.containsKey(budget))
            .collect(Collectors.toUnmodifiableSet());
    spokenOf = saying.keySet();
    return new Statement(owner, Map.copyOf(own), saying, dropped);
  }

  /**
   * What this replica is going to say that it holds of a budget: what is reserved, and a part of
   * what nobody holds, such that as much is left for a replica that is yet to come. Until the
   * others have heard that, it takes no more than both what it has said before and this.
   */
  private Spent hold(Budget budget, Instant begin) {
    Spent room =
        Spent.of(budget)
            .minus(spent(budget.window(), begin))
            .minus(heldByOthers(budget))
            .minus(reserved)
            .most(Spent.NOTHING);
    Spent wanted = reserved.plus(room.over(others.sessions + 2));
    Spent before = held.get(budget);
    if (before == null) {
      return wanted;
    }
    Spent since = spentSince(budget.window(), begin);
    Spent now = before.least(wanted.plus(since));
    held.put(budget, now);
    return wanted.most(now.minus(since));
  }

  /**
   * Takes over what others have said.
   *
   * @param said what this replica had said when they answered
   */
  void learn(Statement said, Others answer) {
    stated = said.spent();
    held =
        said.held().entrySet().stream()
            .filter(holding -> budgets.containsKey(holding.getKey()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    others = answer;
  }

  /** A statement was not heard: what was to be dropped has to be dropped by another. */
  void unheard(Statement lost) {
    spokenOf =
        Stream.concat(spokenOf.stream(), lost.dropped().stream())
            .collect(Collectors.toUnmodifiableSet());
  }
}
