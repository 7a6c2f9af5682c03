package io.donna.gateway.metering;

import io.donna.gateway.metering.UsageRecord.Charge;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who has spent how much in the hour, the day and the month that it is, and what each live session
 * has. Safe from any thread. What a past window came to is forgotten; the usage log has it.
 */
public final class Ledger {
  private record Holder(Scope scope, String name) {}

  /** What was spent in the window that began then. */
  private record Page(Instant begin, Spent spent) {
    static final Page EMPTY = new Page(Instant.EPOCH, Spent.NOTHING);

    Page plus(Window window, Charge charge) {
      Instant at = window.begin(charge.time());
      if (at.isBefore(begin)) {
        return this;
      }
      return new Page(at, (at.equals(begin) ? spent : Spent.NOTHING).plus(charge));
    }

    Spent spent(Instant now) {
      return now.equals(begin) ? spent : Spent.NOTHING;
    }
  }

  private record Account(Page hour, Page day, Page month) {
    static final Account EMPTY = new Account(Page.EMPTY, Page.EMPTY, Page.EMPTY);

    Account plus(Charge charge) {
      return new Account(
          hour.plus(Window.HOUR, charge),
          day.plus(Window.DAY, charge),
          month.plus(Window.MONTH, charge));
    }

    Page page(Window window) {
      return switch (window) {
        case HOUR -> hour;
        case DAY -> day;
        case MONTH -> month;
      };
    }
  }

  private final Clock clock;
  private final Map<Holder, Account> accounts = new ConcurrentHashMap<>();
  private final Map<String, Spent> sessions = new ConcurrentHashMap<>();
  private volatile Instant month = Instant.EPOCH;

  public Ledger(Clock clock) {
    this.clock = clock;
  }

  /** What {@code name} has spent in the {@code window} that it is now. */
  public Spent spent(Scope scope, String name, Window window) {
    Account account = accounts.getOrDefault(new Holder(scope, name), Account.EMPTY);
    return account.page(window).spent(window.begin(clock.instant()));
  }

  /** What a session has spent that is not over. */
  public Spent spent(String session) {
    return sessions.getOrDefault(session, Spent.NOTHING);
  }

  void addToSession(Charge charge) {
    sessions.merge(
        charge.session(), Spent.NOTHING.plus(charge), (spent, first) -> spent.plus(charge));
  }

  void closeSession(String session) {
    sessions.remove(session);
  }

  /** Also for what is read back from before a restart, whose sessions are over. */
  void add(Charge charge) {
    forgetLastMonth(Window.MONTH.begin(charge.time()));
    for (Scope scope : Scope.values()) {
      Optional<String> name = scope.of(charge.payer());
      if (name.isPresent()) {
        accounts.merge(
            new Holder(scope, name.get()),
            Account.EMPTY.plus(charge),
            (account, first) -> account.plus(charge));
      }
    }
  }

  /** Whoever has spent nothing since the month began needs no room. */
  private void forgetLastMonth(Instant begin) {
    if (begin.isAfter(month)) {
      month = begin;
      accounts.values().removeIf(account -> account.month().begin().isBefore(begin));
    }
  }
}
