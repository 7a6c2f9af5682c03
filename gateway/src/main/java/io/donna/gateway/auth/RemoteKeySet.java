package io.donna.gateway.auth;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published keys of an identity provider. They are fetched on virtual threads, never on a
 * caller's thread; a platform thread, which client load cannot starve, refreshes them. They are
 * refreshed periodically, and at a bounded rate when a token names an unknown key. While the
 * provider is unavailable, the last keys stay in use. Safe from any thread.
 */
final class RemoteKeySet implements AutoCloseable {
  /**
   * When keys are fetched.
   *
   * @param renewal the age at which they are fetched again
   * @param least on average, at most one fetch starts in this time, however many unknown keys
   *     tokens name; {@value #BURST} may start at once, for a provider that rotates its keys twice
   *     in a row
   * @param longest the limit of the pauses after failures, which double each time
   */
  record Pace(Duration renewal, Duration least, Duration longest) {
    static final Pace USUAL =
        new Pace(Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofMinutes(1));
  }

  /** The source of the keys. Blocks, within its own time limit. */
  @FunctionalInterface
  interface Source {
    KeySet fetch() throws IOException;
  }

  /**
   * One fetch from the provider.
   *
   * @param paidUntil the time until which the fetches so far have used up the rate, as {@link
   *     System#nanoTime}
   */
  private record Fetch(long paidUntil, CompletableFuture<Renewal> result) {}

  /** What came of asking for newer keys. */
  enum Renewal {
    /** They were fetched after they were asked for. */
    DONE,
    /** The provider did not answer. */
    FAILED,
    /** The rate allows no fetch yet, so a key may have been published that is not known. */
    NOT_YET
  }

  static final int BURST = 3;

  private static final CompletableFuture<Renewal> NOT_YET =
      CompletableFuture.completedFuture(Renewal.NOT_YET);

  private static final Logger LOG = LoggerFactory.getLogger(RemoteKeySet.class);

  private final Source source;
  private final Pace pace;
  private final Executor blocking;
  private final AtomicReference<Fetch> last;
  private final Thread renewal;

  private volatile KeySet keys = KeySet.EMPTY;

  /** Starts the first fetch at once. */
  RemoteKeySet(Source source, Pace pace, Executor blocking) {
    this.source = source;
    this.pace = pace;
    this.blocking = blocking;
    Fetch first = new Fetch(System.nanoTime() + pace.least.toNanos(), new CompletableFuture<>());
    this.last = new AtomicReference<>(first);
    blocking.execute(() -> run(first));
    this.renewal = Thread.ofPlatform().daemon().name("key-set").start(this::renew);
  }

  /** The current keys. */
  KeySet keys() {
    return keys;
  }

  /**
   * Fetches newer keys unless {@code found}. A fetch in progress may have started before the
   * provider published the key, so if it does not find the key, another follows: the result never
   * rests on a fetch that began before the call.
   */
  CompletableFuture<Renewal> newer(BooleanSupplier found) {
    CompletableFuture<Renewal> underWay = last.get().result;
    return underWay.isDone()
        ? newer()
        : underWay.thenCompose(
            result -> found.getAsBoolean() ? CompletableFuture.completedFuture(result) : newer());
  }

  private CompletableFuture<Renewal> newer() {
    Fetch before = last.get();
    if (!before.result.isDone()) {
      return before.result; // it began after the one that the caller has waited for
    }
    long now = System.nanoTime();
    long ahead = Math.max(0, before.paidUntil - now);
    if (ahead > (BURST - 1) * pace.least.toNanos()) {
      return NOT_YET;
    }
    Fetch next = new Fetch(now + ahead + pace.least.toNanos(), new CompletableFuture<>());
    if (!last.compareAndSet(before, next)) {
      return newer();
    }
    try {
      blocking.execute(() -> run(next));
    } catch (RuntimeException | Error notBegun) {
      next.result.complete(Renewal.FAILED); // otherwise all callers would wait for it
      throw notBegun;
    }
    return next.result;
  }

  private void run(Fetch fetch) {
    Renewal result = Renewal.FAILED;
    try {
      keys = source.fetch();
      result = Renewal.DONE;
    } catch (IOException unreachable) {
      LOG.warn(
          "key set not refreshed: {}; {}",
          unreachable.getMessage(),
          keys.keys().isEmpty() ? "no keys are available" : "the previous keys stay in use");
    } catch (RuntimeException fault) {
      LOG.error("key set not refreshed: internal error", fault);
    } finally {
      fetch.result.complete(result);
    }
  }

  private void renew() {
    Duration afterFailure = pace.least;
    try {
      while (true) {
        boolean fetched = last.get().result.join() == Renewal.DONE;
        Thread.sleep(fetched ? pace.renewal : afterFailure);
        afterFailure = fetched ? pace.least : least(afterFailure.multipliedBy(2), pace.longest);
        tryToBegin();
      }
    } catch (InterruptedException closed) {
      // The gateway is stopping.
    }
  }

  /** A failure to start a fetch, such as lack of memory, must not end the renewals. */
  private void tryToBegin() {
    try {
      newer();
    } catch (RuntimeException | Error fault) {
      LOG.error("key set not refreshed: internal error", fault);
    }
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Override
  public void close() {
    renewal.interrupt();
  }
}
