package io.donna.gateway.metering;

import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.policy.Budgets;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Keeps spending per user, tenant and tier in the current hour, day and month, and per live
 * session, with reservations for work in flight. Safe from any thread: one lock guards all
 * accounts, so that a reservation is made against every budget or none. The lock is taken a few
 * times per response, and never per message. Past windows are dropped; the usage log has them.
 */
public final class Ledger {
  /** Responses that one user may have in flight, over all sessions. */
  static final int MAX_PER_USER = 64;

  /** In tokens; a response with less room for its output is not worth requesting. */
  static final long MIN_OUTPUT = 256;

  private static final Account NONE = new Account();

  private final Clock clock;
  private final Cluster cluster;

  /** Empty if there are no other replicas; guarded by the lock. */
  private final Optional<AccountSharing> sharing;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AccountOwner, Account> accounts = new HashMap<>();
  private Instant month = Instant.EPOCH;

  public Ledger(Clock clock) {
    this(clock, MemoryCluster.alone());
  }

  /**
   * A ledger whose accounts others share.
   *
   * @param cluster says whether the other replicas are heard of
   */
  Ledger(Clock clock, Cluster cluster) {
    this.clock = clock;
    this.cluster = cluster;
    this.sharing = cluster.isShared() ? Optional.of(new AccountSharing()) : Optional.empty();
  }

  /** Adds what a session has spent at another replica, which others' accounts have there. */
  void carryOver(String session, Spent spent) {
    locked(() ->
        account(new AccountOwner(Budget.Per.SESSION, session))
            .add(Budget.Window.SESSION, Instant.EPOCH, spent));
  }

  /** What {@code name} has spent in the current {@code window}. */
  public Spent spent(Scope scope, String name, Window window) {
    return spent(scope.per(), name, Budget.Window.valueOf(window.name()));
  }

  /** What a live session has spent. */
  public Spent spent(String session) {
    return spent(Budget.Per.SESSION, session, Budget.Window.SESSION);
  }

  /** What {@code name} has spent in the current {@code window}. */
  public Spent spent(Budget.Per per, String name, Budget.Window window) {
    return locked(() -> spent(known(new AccountOwner(per, name)), window));
  }

  /** What {@code name} has spent on this replica alone in the current {@code window}. */
  Spent ownSpent(Budget.Per per, String name, Budget.Window window) {
    return locked(() ->
        known(new AccountOwner(per, name)).page(window).spent(begin(window, clock.instant())));
  }

  /** What {@code name} has spent and reserved in the current {@code window}. */
  Spent committed(Budget.Per per, String name, Budget.Window window) {
    return locked(() -> {
      Account account = known(new AccountOwner(per, name));
      return spent(account, window).plus(account.reserved);
    });
  }

  /**
   * What each user, tenant or tier with an account here has spent in the current {@code window}, on
   * all replicas as far as is known, for operators: the lock is held while all accounts are looked
   * at.
   */
  public Map<String, Spent> spending(Budget.Per per, Budget.Window window) {
    return locked(() -> {
      Map<String, Spent> spending = new HashMap<>();
      accounts.forEach((owner, account) -> {
        Spent spent = spent(account, window);
        if (owner.per() == per && !spent.isNothing()) {
          spending.put(owner.name(), spent);
        }
      });
      return spending;
    });
  }

  private Spent spent(Account account, Budget.Window window) {
    return account.spent(window, begin(window, clock.instant()));
  }

  /** What may still be reserved here of a budget. */
  private Spent left(Budget budget, Account account) {
    Instant begin = begin(budget.window(), clock.instant());
    return isShared(budget)
        ? account.left(budget, begin, cluster.isAnswering() ? 0 : cluster.replicas())
        : Spent.of(budget).minus(account.spent(budget.window(), begin)).minus(account.reserved);
  }

  private boolean isShared(Budget budget) {
    return sharing.isPresent() && budget.per() != Budget.Per.SESSION;
  }

  static Instant begin(Budget.Window window, Instant time) {
    return switch (window) {
      case SESSION -> Instant.EPOCH;
      case HOUR -> Window.HOUR.begin(time);
      case DAY -> Window.DAY.begin(time);
      case MONTH -> Window.MONTH.begin(time);
    };
  }

  /**
   * Reserves the cost of a response in every account that the session's costs are charged to, or in
   * none.
   *
   * <p>If a budget has less left than the worst case, the response gets as much output as fits. If
   * not even {@link #MIN_OUTPUT} fits but the budget is not used up, that much is reserved if the
   * account has nothing else reserved. So spending and reservations exceed a budget by at most the
   * input and the least output of one response.
   */
  ReservationResult reserve(
      String session, Payer payer, List<Budget> budgets, WorstCaseCost worst) {
    List<AccountOwner> owners = AccountOwner.of(session, payer);
    return locked(() -> {
      long least = Math.min(MIN_OUTPUT, worst.outputTokens());
      long granted = worst.outputTokens();
      for (AccountOwner owner : owners) {
        if (owner.per() == Budget.Per.USER
            && !payer.isAnonymous() // shared by everybody
            && known(owner).inFlight >= MAX_PER_USER) {
          return new ReservationResult.TooMany(MAX_PER_USER);
        }
      }
      for (Budget budget : budgets) {
        Optional<AccountOwner> owner =
            owners.stream().filter(one -> one.per() == budget.per()).findFirst();
        if (owner.isEmpty()) {
          continue; // a tenant's budget, and the payer has no tenant
        }
        Account account = known(owner.get());
        Spent spent = spent(account, budget.window());
        if (Budgets.isUsedUp(budget, spent.tokens(), spent.cost())) {
          return new ReservationResult.UsedUp(budget);
        }
        long room = room(budget, left(budget, account), worst);
        if (room < least && mustWait(budget, account)) {
          return new ReservationResult.InUse(budget);
        }
        granted = Math.min(granted, Math.max(room, least));
      }
      Spent amount = budgets.isEmpty() ? Spent.NOTHING : worst.with(granted);
      return new ReservationResult.Reserved(open(owners, amount, granted, false));
    });
  }

  /**
   * Whether a response that does not fit has to wait: until what is reserved is settled, or others
   * have heard of what was spent. If not, it gets the least output, and the budget is used up.
   */
  private boolean mustWait(Budget budget, Account account) {
    Instant begin = begin(budget.window(), clock.instant());
    return !account.reserved.isNothing()
        || (isShared(budget) && !account.spentSince(budget.window(), begin).isNothing());
  }

  /** How many output tokens fit into what is {@code left} of a budget, after the input. */
  private static long room(Budget budget, Spent left, WorstCaseCost worst) {
    Spent room = left.minus(worst.reading());
    long tokens = budget.tokens().isPresent() ? room.tokens() : Long.MAX_VALUE;
    if (budget.usd().isPresent()) {
      if (room.cost().signum() < 0) {
        return -1;
      }
      if (worst.outputToken().signum() > 0) {
        BigDecimal most = room.cost().divide(worst.outputToken(), 0, RoundingMode.DOWN);
        tokens = Math.min(tokens, most.min(BigDecimal.valueOf(worst.outputTokens())).longValue());
      }
    }
    return tokens;
  }

  /** Reserves a cost that is certain, however much is left. */
  Reservation owe(List<AccountOwner> owners, Spent amount) {
    return locked(() -> open(owners, amount, 0, true));
  }

  /** A budget of {@code owners} that is used up by what is spent and what is owed. */
  Optional<Budget> usedUp(List<AccountOwner> owners, List<Budget> budgets) {
    return locked(() ->
        budgets.stream()
            .filter(budget ->
                owners.stream()
                    .filter(owner -> owner.per() == budget.per())
                    .anyMatch(owner -> isUsedUp(budget, known(owner))))
            .findFirst());
  }

  private boolean isUsedUp(Budget budget, Account account) {
    Spent certain = spent(account, budget.window()).plus(account.owed);
    return Budgets.isUsedUp(budget, certain.tokens(), certain.cost());
  }

  private Reservation open(
      List<AccountOwner> owners, Spent amount, long outputTokens, boolean isOwed) {
    for (AccountOwner owner : owners) {
      Account account = account(owner);
      account.reserved = account.reserved.plus(amount);
      account.owed = isOwed ? account.owed.plus(amount) : account.owed;
      account.inFlight++;
      sharing.filter(any -> !amount.isNothing()).ifPresent(it -> it.changed(owner));
    }
    return new Reservation(owners, amount, outputTokens, isOwed);
  }

  /** Releases a reservation; does nothing if it is settled or released already. */
  void release(Reservation reservation) {
    locked(() -> close(reservation));
  }

  private void close(Reservation reservation) {
    if (!reservation.isOpen) {
      return;
    }
    reservation.isOpen = false;
    for (AccountOwner owner : reservation.owners) {
      Account account = accounts.get(owner);
      if (account != null) {
        account.reserved = account.reserved.minus(reservation.amount);
        account.owed = reservation.isOwed ? account.owed.minus(reservation.amount) : account.owed;
        account.inFlight--;
        sharing.filter(any -> !reservation.amount.isNothing()).ifPresent(it -> it.changed(owner));
        removeIfEmpty(owner, account);
      }
    }
  }

  /** Replaces a reservation by {@code charge}, in one step. */
  void settle(Optional<Reservation> reservation, Charge charge) {
    locked(() -> {
      reservation.ifPresent(this::close);
      add(AccountOwner.of(charge.session(), charge.payer()), charge);
    });
  }

  void closeSession(String session) {
    locked(() -> {
      accounts.remove(new AccountOwner(Budget.Per.SESSION, session));
    });
  }

  /** Adds a charge read back from before a restart, whose session has ended. */
  void add(Charge charge) {
    locked(() -> {
      add(AccountOwner.of(charge.payer()), charge);
    });
  }

  private void add(List<AccountOwner> owners, Charge charge) {
    forgetLastMonth(Window.MONTH.begin(charge.time()));
    Spent more = Spent.NOTHING.plus(charge);
    for (AccountOwner owner : owners) {
      Account account = account(owner);
      for (Budget.Window window : Budget.Window.values()) {
        account.add(window, begin(window, charge.time()), more);
      }
      sharing.ifPresent(it -> it.changed(owner));
    }
  }

  /** Drops the accounts without spending this month and without work in flight. */
  private void forgetLastMonth(Instant begin) {
    if (begin.isAfter(month)) {
      month = begin;
      accounts
          .entrySet()
          .removeIf(entry ->
              entry.getKey().per() != Budget.Per.SESSION
                  && entry.getValue().inFlight == 0
                  && !entry.getValue().isWatched()
                  && entry.getValue().page(Budget.Window.MONTH).begin().isBefore(begin));
    }
  }

  /** A session begins here that spends of a budget of this owner, as replicas share it. */
  void watch(AccountOwner owner, Budget budget) {
    locked(() -> {
      account(owner).watch(budget);
      sharing.ifPresent(it -> it.watch(owner, System.nanoTime()));
    });
  }

  /** Such a session has ended. */
  void unwatch(AccountOwner owner, Budget budget) {
    locked(() -> {
      Account account = accounts.get(owner);
      if (account == null) {
        return;
      }
      account.unwatch(budget);
      if (!account.isWatched()) {
        sharing.ifPresent(it -> it.unwatch(owner));
      }
      removeIfEmpty(owner, account);
    });
  }

  private void removeIfEmpty(AccountOwner owner, Account account) {
    if (account.isEmpty()) {
      accounts.remove(owner);
    }
  }

  /**
   * What has to be said to the others now.
   *
   * @param patience in nanoseconds; how long live sessions go on without hearing of others
   * @param most how much is said at once
   */
  List<Account.Statement> statements(long patience, int most) {
    return locked(() ->
        sharing.stream()
            .flatMap(it -> it.due(System.nanoTime(), patience, most).stream())
            .flatMap(owner -> speakOf(owner).stream())
            .toList());
  }

  /** What is to be said of one account now; empty if there is none any more. */
  Optional<Account.Statement> statement(AccountOwner owner) {
    return locked(() -> speakOf(owner));
  }

  private Optional<Account.Statement> speakOf(AccountOwner owner) {
    sharing.ifPresent(it -> it.speaksOf(owner, System.nanoTime()));
    Instant now = clock.instant();
    return Optional.ofNullable(accounts.get(owner))
        .map(account -> account.statement(owner, window -> begin(window, now)));
  }

  /** The others have answered {@code said}; empty if they have not. */
  void learn(Account.Statement said, Optional<Account.Others> answer) {
    locked(() -> {
      AccountOwner owner = said.owner();
      Account account = accounts.get(owner);
      if (account == null) {
        return;
      }
      if (answer.isPresent()) {
        account.learn(said, answer.get());
        removeIfEmpty(owner, account);
      } else {
        account.unheard(said);
        sharing.ifPresent(it -> it.changed(owner));
      }
    });
  }

  /** Others may have forgotten all that this replica has said. */
  void stateAllAgain() {
    locked(() -> sharing.ifPresent(it -> accounts.keySet().forEach(it::changed)));
  }

  /** For reading only: an owner without an account gets an empty one. */
  private Account known(AccountOwner owner) {
    return accounts.getOrDefault(owner, NONE);
  }

  private Account account(AccountOwner owner) {
    return accounts.computeIfAbsent(owner, any -> new Account());
  }

  private void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
