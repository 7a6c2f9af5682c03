package io.donna.gateway.metering;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.donna.gateway.config.policy.Budget;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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

  private final Map<Budget.Window, Page> own = new EnumMap<>(Budget.Window.class);

  /** What this replica had said it has spent when it last heard of the others. */
  private Map<Budget.Window, Page> stated = Map.of();

  /** What it may take beside that: what the others have heard that it holds. */
  private Spent held = Spent.NOTHING;

  private Map<Budget.Window, Page> others = Map.of();
  private Spent heldByOthers = Spent.NOTHING;

  /** Replicas with live sessions of the owner, this one included. */
  private int sharers = 1;

  /** Whether the others have ever been heard of. */
  private boolean isHeard;

  /** The budgets that sessions here spend of the account. */
  private Set<Budget> budgets = Set.of();

  /** What is reserved on this replica. */
  Spent reserved = Spent.NOTHING;

  int inFlight;

  /** Live sessions on this replica that the spending of others concerns. */
  int watchers;

  /** Whether the other replicas do not know yet what has changed. */
  boolean isUnstated;

  /** When others were last asked, by {@link System#nanoTime}. */
  long askedAt;

  boolean isEmpty() {
    return inFlight == 0 && watchers == 0 && own.isEmpty() && others.isEmpty();
  }

  void add(Budget.Window window, Instant begin, Spent more) {
    own.put(window, page(window).plus(begin, more));
  }

  /** What this replica has spent. */
  Page page(Budget.Window window) {
    return own.getOrDefault(window, Page.EMPTY);
  }

  Map<Budget.Window, Page> pages() {
    return own;
  }

  /** What all replicas have spent, as far as it is known. */
  Spent spent(Budget.Window window, Instant begin) {
    return page(window).spent(begin).plus(others.getOrDefault(window, Page.EMPTY).spent(begin));
  }

  /** What this replica has spent and reserved, beside what it had stated as spent. */
  private Spent taken(Budget.Window window, Instant begin) {
    return page(window)
        .spent(begin)
        .minus(stated.getOrDefault(window, Page.EMPTY).spent(begin))
        .plus(reserved);
  }

  /** Whether more is spent here than the others have heard of. */
  boolean hasSpentMore(Budget.Window window, Instant begin) {
    return !taken(window, begin).minus(reserved).isNothing();
  }

  /**
   * What may still be reserved here of {@code budget}, in as far as it limits tokens or cost: of
   * what this replica holds, and of what the others leave. A replica that has never heard of the
   * others has an equal part.
   */
  Spent left(Budget budget, Instant begin, int replicas) {
    Budget.Window window = budget.window();
    if (!isHeard) {
      return Spent.of(budget).minus(spent(window, begin)).minus(reserved).over(replicas);
    }
    Spent unspent =
        Spent.of(budget)
            .minus(others.getOrDefault(window, Page.EMPTY).spent(begin))
            .minus(heldByOthers)
            .minus(stated.getOrDefault(window, Page.EMPTY).spent(begin));
    return held.least(unspent).minus(taken(window, begin));
  }

  /**
   * What this replica is going to say that it holds: what is reserved, and a part of what nobody
   * holds, such that as much is left for a replica that is yet to come. Until the others have heard
   * that, it takes no more than both what it has said before and this.
   */
  Spent hold(Function<Budget.Window, Instant> beginOf) {
    Spent room = null;
    for (Budget budget : budgets) {
      Instant begin = beginOf.apply(budget.window());
      Spent left =
          Spent.of(budget)
              .minus(spent(budget.window(), begin))
              .minus(heldByOthers)
              .minus(reserved)
              .most(Spent.NOTHING);
      room = room == null ? left : room.least(left);
    }
    Spent wanted = room == null ? reserved : reserved.plus(room.over(sharers + 1));
    Spent saying = wanted;
    for (Budget budget : budgets) {
      Instant begin = beginOf.apply(budget.window());
      Spent spentMore = taken(budget.window(), begin).minus(reserved);
      held = held.least(wanted.plus(spentMore));
      saying = saying.most(held.minus(spentMore));
    }
    return saying;
  }

  /** Adds the budgets of a session. */
  void watch(Collection<Budget> more) {
    watchers++;
    if (!budgets.containsAll(more)) {
      budgets = Stream.concat(budgets.stream(), more.stream()).collect(toUnmodifiableSet());
    }
  }

  /**
   * Takes over what others have said.
   *
   * @param said what this replica had said when they answered
   * @param sessionsElsewhere replicas with live sessions of the owner, without this one
   */
  void learn(
      Ledger.Statement said,
      Map<Budget.Window, Page> spentByOthers,
      Spent holding,
      int sessionsElsewhere) {
    stated = said.spent();
    held = said.held();
    others = spentByOthers;
    heldByOthers = holding;
    sharers = 1 + sessionsElsewhere;
    isHeard = true;
  }
}
