package io.donna.gateway.metering;

import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.policy.Budget;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.DateTimeException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other replicas what users, tenants and tiers spend here, and this one's ledger what
 * they spend there. A replica states what it has spent in the current windows, never an increment,
 * so that whatever is said twice counts once (ADR 30). One thread says everything, in order.
 */
final class SharedSpending implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedSpending.class);

  /** How soon others hear of what is spent and reserved here. */
  static final Duration INTERVAL = Duration.ofMillis(100);

  /**
   * How soon live sessions here hear of what is spent elsewhere. What a replica holds is right in
   * any case: this is how soon it is parted anew.
   */
  static final Duration LOOK = Duration.ofSeconds(2);

  private static final String HELD = "held";
  private static final String SESSIONS = "sessions";

  private static final Map<String, Budget.Window> WINDOWS =
      Map.of(
          Budget.Window.HOUR.name(), Budget.Window.HOUR,
          Budget.Window.DAY.name(), Budget.Window.DAY,
          Budget.Window.MONTH.name(), Budget.Window.MONTH);

  /** An account that somebody waits for. */
  private record Wanted(AccountOwner owner, CompletableFuture<Void> heard) {}

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
    wanted.add(new Wanted(owner, heard));
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
            ledger.statements(LOOK.toNanos()).forEach(this::exchange);
          }
        }
      } catch (InterruptedException stop) {
        return;
      } catch (RuntimeException defect) {
        LOG.error("spending is not shared", defect);
      }
    }
  }

  /** Twice: it takes what others hold to know how much is left to hold. */
  private void look(Wanted one) {
    exchange(ledger.statement(one.owner()))
        .thenCompose(heard -> exchange(ledger.statement(one.owner())))
        .thenRun(() -> one.heard().complete(null));
  }

  private CompletionStage<Void> exchange(Ledger.Statement said) {
    return cluster
        .exchange(subject(said.owner()), words(said), List.of())
        .thenAccept(answer ->
            answer.ifPresentOrElse(
                heard -> learn(said, heard), () -> ledger.unstated(said.owner())));
  }

  private static String subject(AccountOwner owner) {
    return owner.per().name() + " " + owner.name();
  }

  private static Map<String, String> words(Ledger.Statement said) {
    Map<String, String> words = new HashMap<>();
    said.spent()
        .forEach((window, page) -> {
          if (window != Budget.Window.SESSION) {
            words.put(window.name(), new Amount(page.begin(), page.spent()).text());
          }
        });
    words.put(SESSIONS, said.hasSessions() ? "yes" : "");
    words.put(HELD, said.held().isNothing() ? "" : new Amount(Instant.EPOCH, said.held()).text());
    return words;
  }

  /** Sums what others have said; what cannot be read is nobody's. */
  private void learn(Ledger.Statement said, List<Cluster.Word> heard) {
    Instant dayAgo = clock.instant().minus(Duration.ofDays(1));
    Map<Budget.Window, Account.Page> spent = new EnumMap<>(Budget.Window.class);
    Spent held = Spent.NOTHING;
    List<String> outdated = new ArrayList<>();
    int sessions = 0;
    for (Cluster.Word word : heard) {
      if (word.name().equals(SESSIONS) && word.isOfLive() && !word.isOwn()) {
        sessions++;
      }
      Optional<Amount> read = word.isOwn() ? Optional.empty() : Amount.read(word.text());
      if (read.isEmpty()) {
        continue;
      }
      Amount amount = read.get();
      if (word.name().equals(HELD)) {
        held = word.isOfLive() ? held.plus(amount.spent()) : held;
      } else if (WINDOWS.containsKey(word.name())) {
        Budget.Window window = WINDOWS.get(word.name());
        // Of the latest window: whoever is still in the one before has said nothing of it.
        Account.Page page = spent.getOrDefault(window, Account.Page.EMPTY);
        spent.put(window, page.plus(amount.begin(), amount.spent()));
        if (!word.isOfLive() && amount.begin().isBefore(Ledger.begin(window, dayAgo))) {
          outdated.add(word.key());
        }
      }
    }
    ledger.learn(said, spent, held, sessions);
    if (!outdated.isEmpty()) {
      cluster.exchange(subject(said.owner()), Map.of(), outdated);
    }
  }

  /** What was spent in the window that began then, or is held. */
  private record Amount(Instant begin, Spent spent) {
    String text() {
      return begin.getEpochSecond() + " " + spent.tokens() + " " + spent.cost().toPlainString();
    }

    static Optional<Amount> read(String text) {
      String[] parts = text.split(" ", 3);
      try {
        return parts.length == 3
            ? Optional.of(
                new Amount(
                    Instant.ofEpochSecond(Long.parseLong(parts[0])),
                    new Spent(Long.parseLong(parts[1]), new BigDecimal(parts[2]))))
            : Optional.empty();
      } catch (NumberFormatException | DateTimeException notOurs) {
        return Optional.empty();
      }
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
          ledger.statements(LOOK.toNanos()).stream()
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
