package io.donna.gateway.metering;

import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other replicas what users, tenants and tiers spend here, and this one's ledger what
 * they spend there. A replica states what it has spent in the current windows, never an increment,
 * so that whatever is said twice counts once (ADR 30). One thread says everything, in order.
 */
final class SharedSpending implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedSpending.class);

  /** How long what was spent is kept: longer than the longest window of a budget. */
  static final Duration KEPT = Duration.ofDays(40);

  /** How soon others hear of what is spent and reserved here. */
  static final Duration INTERVAL = Duration.ofMillis(100);

  /**
   * How soon live sessions here hear of what is spent elsewhere. What a replica holds is right in
   * any case: this is how soon it is parted anew.
   */
  static final Duration LOOK = Duration.ofSeconds(2);

  /** How much is said in one interval: Redis has other clients. */
  private static final int AT_ONCE = 500;

  /** The beginning of words that say what is held of a budget. */
  private static final String HELD = "held ";

  private static final String SESSIONS = "sessions";

  private static final Map<String, Budget.Window> WINDOWS =
      Map.of(
          Budget.Window.HOUR.name(), Budget.Window.HOUR,
          Budget.Window.DAY.name(), Budget.Window.DAY,
          Budget.Window.MONTH.name(), Budget.Window.MONTH);

  /**
   * An account that somebody waits for.
   *
   * @param again whether it is spoken of once more: it takes what others hold to know how much is
   *     left to hold
   */
  private record Wanted(AccountOwner owner, boolean again, CompletableFuture<Void> heard) {}

  private final Ledger ledger;
  private final Cluster cluster;
  private final Clock clock;
  private final BlockingQueue<Wanted> wanted = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  SharedSpending(Ledger ledger, Cluster cluster, Clock clock) {
    this.clock = clock;
    this.ledger = ledger;
    this.cluster = cluster;
    this.thread = Thread.ofPlatform().daemon().name("spending").start(this::run);
    cluster.onChange(answering -> {
      if (answering) {
        ledger.stateAllAgain();
      }
    });
  }

  /** Completes when the ledger has heard what others have spent, or nobody has answered. */
  CompletionStage<Void> look(AccountOwner owner) {
    CompletableFuture<Void> heard = new CompletableFuture<>();
    wanted.add(new Wanted(owner, true, heard));
    if (closed) {
      heard.complete(null);
    }
    return heard;
  }

  private void run() {
    long next = System.nanoTime();
    while (!closed) {
      try {
        long left = next - System.nanoTime();
        Wanted one = wanted.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
        if (one != null) {
          look(one);
        } else {
          next = System.nanoTime() + INTERVAL.toNanos();
          if (cluster.isAnswering()) {
            ledger.statements(LOOK.toNanos(), AT_ONCE).forEach(this::exchange);
          }
        }
      } catch (InterruptedException stop) {
        return;
      } catch (RuntimeException defect) {
        LOG.error("spending is not shared", defect);
      }
    }
  }

  private void look(Wanted one) {
    Optional<Account.Statement> said = ledger.statement(one.owner());
    if (said.isEmpty()) {
      one.heard().complete(null); // the session has ended
      return;
    }
    exchange(said.get())
        .thenRun(() -> {
          if (one.again() && !closed) {
            wanted.add(new Wanted(one.owner(), false, one.heard()));
          } else {
            one.heard().complete(null);
          }
        });
  }

  private CompletionStage<Void> exchange(Account.Statement said) {
    return cluster
        .exchange(subject(said.owner()), words(said), List.of())
        .thenAccept(answer -> ledger.learn(said, answer.map(heard -> read(said.owner(), heard))));
  }

  private static Cluster.Subject subject(AccountOwner owner) {
    return new Cluster.Subject(owner.per().name() + " " + owner.name(), KEPT);
  }

  private static Map<String, String> words(Account.Statement said) {
    Map<String, String> words = new HashMap<>();
    said.spent()
        .forEach((window, page) -> {
          if (window != Budget.Window.SESSION) {
            words.put(window.name(), new Amount(page.begin(), page.spent()).text());
          }
        });
    said.dropped().forEach(budget -> words.put(HELD + Account.key(budget), ""));
    said.held()
        .forEach((budget, held) ->
            words.put(HELD + Account.key(budget), new Amount(Instant.EPOCH, held).text()));
    words.put(SESSIONS, said.held().isEmpty() ? "" : "yes");
    return words;
  }

  /** Sums what others have said; what cannot be read is nobody's. */
  private Account.Others read(AccountOwner owner, List<Cluster.Word> heard) {
    Instant now = clock.instant();
    Map<Budget.Window, Account.Page> spent = new EnumMap<>(Budget.Window.class);
    Map<String, Spent> held = new HashMap<>();
    int sessions = 0;
    List<String> outdated = new ArrayList<>();
    for (Cluster.Word word : heard) {
      if (word.isOwn()) {
        continue;
      }
      Optional<Amount> amount = Amount.read(word.text());
      Optional<Budget.Window> window = Optional.ofNullable(WINDOWS.get(word.name()));
      if (window.isPresent() && amount.isPresent()) {
        // Only of this replica's own window: a clock that is ahead says nothing of it.
        Instant begin = Ledger.begin(window.get(), now);
        Spent more = amount.get().of(begin);
        spent.merge(
            window.get(),
            new Account.Page(begin, more),
            (before, added) -> before.plus(begin, added.spent()));
        if (!word.isOfLive() && amount.get().begin().isBefore(dayBefore(window.get(), now))) {
          outdated.add(word.key());
        }
      } else if (!word.isOfLive()) {
        outdated.add(word.key()); // who is gone holds nothing, and has no sessions
      } else if (word.name().equals(SESSIONS)) {
        sessions++;
      } else if (word.name().startsWith(HELD) && amount.isPresent()) {
        held.merge(word.name().substring(HELD.length()), amount.get().spent(), Spent::plus);
      }
    }
    if (!outdated.isEmpty()) {
      cluster.exchange(subject(owner), Map.of(), outdated);
    }
    return new Account.Others(spent, held, sessions);
  }

  /** The window of yesterday: clocks of replicas may differ. */
  private static Instant dayBefore(Budget.Window window, Instant now) {
    return Ledger.begin(window, now.minus(Duration.ofDays(1)));
  }

  /** What was spent in the window that began then, or is held. */
  private record Amount(Instant begin, Spent spent) {
    /** Numbers that are added at no cost: an exponent would make one of a billion digits. */
    private static final Pattern FORM =
        Pattern.compile("(\\d{1,11}) (-?\\d{1,18}) (-?\\d{1,20}(?:\\.\\d{1,20})?)");

    String text() {
      return begin.getEpochSecond() + " " + spent.tokens() + " " + spent.cost().toPlainString();
    }

    /** What was spent in that window. */
    Spent of(Instant window) {
      return window.equals(begin) ? spent : Spent.NOTHING;
    }

    static Optional<Amount> read(String text) {
      Matcher parts = FORM.matcher(text);
      return parts.matches()
          ? Optional.of(
              new Amount(
                  Instant.ofEpochSecond(Long.parseLong(parts.group(1))),
                  new Spent(Long.parseLong(parts.group(2)), new BigDecimal(parts.group(3)))))
          : Optional.empty();
    }
  }

  /** Says what is left to say, and says no more. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(INTERVAL.multipliedBy(10));
      CompletableFuture<?>[] last =
          ledger.statements(LOOK.toNanos(), Integer.MAX_VALUE).stream()
              .map(said -> exchange(said).toCompletableFuture())
              .toArray(CompletableFuture[]::new);
      CompletableFuture.allOf(last).get(1, TimeUnit.SECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException lost) {
      LOG.warn("the other replicas may not know what was spent in the last second");
    }
    wanted.forEach(one -> one.heard().complete(null));
  }
}
