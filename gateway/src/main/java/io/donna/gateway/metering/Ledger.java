package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.policy.Budgets;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Spending per user, tenant and tier in the current hour, day and month, and per live session; and
 * beside it what is reserved for work in flight. Safe from any thread: one lock guards all
 * accounts, so that a reservation is made against every budget or none. It is taken a few times for
 * each response and never for a message. Past windows are forgotten; the usage log has them.
 */
public final class Ledger {
  /** Responses that one user may have in flight, over all sessions. */
  static final int MOST_OF_USER = 64;

  /** A response with less room for its output than this, in tokens, is not worth asking for. */
  static final long LEAST_OUTPUT = 256;

  /** Spending in the window that began then. */
  private record Page(Instant begin, Spent spent) {
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

  private static final class Account {
    private final Map<Budget.Window, Page> pages = new EnumMap<>(Budget.Window.class);
    private Spent reserved = Spent.NOTHING;
    private int inFlight;

    boolean isEmpty() {
      return inFlight == 0 && pages.isEmpty();
    }

    Page page(Budget.Window window) {
      return pages.getOrDefault(window, Page.EMPTY);
    }
  }

  private static final Account NONE = new Account();

  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AccountOwner, Account> accounts = new HashMap<>();
  private Instant month = Instant.EPOCH;

  public Ledger(Clock clock) {
    this.clock = clock;
  }

  /** What {@code name} has spent in the {@code window} that it is now. */
  public Spent spent(Scope scope, String name, Window window) {
    return spent(scope.per(), name, Budget.Window.valueOf(window.name()));
  }

  /** What a session has spent that is not over. */
  public Spent spent(String session) {
    return spent(Budget.Per.SESSION, session, Budget.Window.SESSION);
  }

  /** What {@code name} has spent in the {@code window} that it is now. */
  public Spent spent(Budget.Per per, String name, Budget.Window window) {
    return locked(() -> spent(known(new AccountOwner(per, name)), window));
  }

  /** What {@code name} has spent in the {@code window} that it is now, and has reserved. */
  Spent committed(Budget.Per per, String name, Budget.Window window) {
    return locked(() -> {
      Account account = known(new AccountOwner(per, name));
      return spent(account, window).plus(account.reserved);
    });
  }

  private Spent spent(Account account, Budget.Window window) {
    return account.page(window).spent(begin(window, clock.instant()));
  }

  private static Instant begin(Budget.Window window, Instant time) {
    return switch (window) {
      case SESSION -> Instant.EPOCH;
      case HOUR -> Window.HOUR.begin(time);
      case DAY -> Window.DAY.begin(time);
      case MONTH -> Window.MONTH.begin(time);
    };
  }

  /**
   * Sets the cost of a response aside, in all accounts that the session's costs count for, or in
   * none.
   *
   * <p>Where a budget has less left than the whole worst case, the response gets as much output as
   * fits. Where not even {@link #LEAST_OUTPUT} fits but the budget is not used up, that much is
   * reserved if nothing else is in flight for that budget. So what is spent and reserved exceeds no
   * budget by more than the reading and the least output of one response.
   */
  ReservationResult reserve(
      String session, Payer payer, List<Budget> budgets, WorstCaseCost worst) {
    List<AccountOwner> holders = AccountOwner.of(session, payer);
    return locked(() -> {
      long least = Math.min(LEAST_OUTPUT, worst.outputTokens());
      long granted = worst.outputTokens();
      for (AccountOwner holder : holders) {
        if (holder.per() == Budget.Per.USER
            && !payer.isAnonymous() // who stands for everybody
            && known(holder).inFlight >= MOST_OF_USER) {
          return new ReservationResult.TooMany(MOST_OF_USER);
        }
      }
      for (Budget budget : budgets) {
        Optional<AccountOwner> holder =
            holders.stream().filter(one -> one.per() == budget.per()).findFirst();
        if (holder.isEmpty()) {
          continue; // of a tenant, where there is none
        }
        Account account = known(holder.get());
        Spent spent = spent(account, budget.window());
        if (Budgets.isUsedUp(budget, spent.tokens(), spent.cost())) {
          return new ReservationResult.UsedUp(budget);
        }
        long room = room(budget, spent.plus(account.reserved), worst);
        if (room < least && !account.reserved.isNothing()) {
          return new ReservationResult.InUse(budget);
        }
        granted = Math.min(granted, Math.max(room, least));
      }
      Spent amount = budgets.isEmpty() ? Spent.NOTHING : worst.with(granted);
      return new ReservationResult.Reserved(open(holders, amount, granted));
    });
  }

  /** How many tokens of output fit into what {@code taken} has left of {@code budget}. */
  private static long room(Budget budget, Spent taken, WorstCaseCost worst) {
    Spent read = taken.plus(worst.reading());
    long room = budget.tokens().map(most -> most - read.tokens()).orElse(Long.MAX_VALUE);
    if (budget.usd().isPresent()) {
      BigDecimal left = budget.usd().get().subtract(read.cost());
      if (left.signum() < 0) {
        return -1;
      }
      if (worst.outputToken().signum() > 0) {
        BigDecimal tokens = left.divide(worst.outputToken(), 0, RoundingMode.DOWN);
        room = Math.min(room, tokens.min(BigDecimal.valueOf(worst.outputTokens())).longValue());
      }
    }
    return room;
  }

  /** Sets aside what nobody was asked about and will have to be paid, however much is left. */
  Reservation owe(List<AccountOwner> holders, Spent amount) {
    return locked(() -> open(holders, amount, 0));
  }

  private Reservation open(List<AccountOwner> holders, Spent amount, long outputTokens) {
    for (AccountOwner holder : holders) {
      Account account = account(holder);
      account.reserved = account.reserved.plus(amount);
      account.inFlight++;
    }
    return new Reservation(holders, amount, outputTokens);
  }

  /** Nothing came of it. Does nothing where it is settled or released already. */
  void release(Reservation reservation) {
    locked(() -> close(reservation));
  }

  private void close(Reservation reservation) {
    if (!reservation.isOpen) {
      return;
    }
    reservation.isOpen = false;
    for (AccountOwner holder : reservation.holders) {
      Account account = accounts.get(holder);
      if (account != null) {
        account.reserved = account.reserved.minus(reservation.amount);
        account.inFlight--;
        if (account.isEmpty()) {
          accounts.remove(holder);
        }
      }
    }
  }

  /** What was reserved has become {@code charge}, in one step. */
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

  /** For what is read back from before a restart, whose sessions are over. */
  void add(Charge charge) {
    locked(() -> {
      add(AccountOwner.of(charge.payer()), charge);
    });
  }

  private void add(List<AccountOwner> holders, Charge charge) {
    forgetLastMonth(Window.MONTH.begin(charge.time()));
    Spent more = Spent.NOTHING.plus(charge);
    for (AccountOwner holder : holders) {
      Account account = account(holder);
      for (Budget.Window window : Budget.Window.values()) {
        account.pages.put(window, account.page(window).plus(begin(window, charge.time()), more));
      }
    }
  }

  /** Who has spent nothing since the month began, and has nothing in flight, needs no room. */
  private void forgetLastMonth(Instant begin) {
    if (begin.isAfter(month)) {
      month = begin;
      accounts
          .entrySet()
          .removeIf(entry ->
              entry.getKey().per() != Budget.Per.SESSION
                  && entry.getValue().inFlight == 0
                  && entry.getValue().page(Budget.Window.MONTH).begin().isBefore(begin));
    }
  }

  /** To be read only; who has none, has an empty one. */
  private Account known(AccountOwner holder) {
    return accounts.getOrDefault(holder, NONE);
  }

  private Account account(AccountOwner holder) {
    return accounts.computeIfAbsent(holder, any -> new Account());
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
