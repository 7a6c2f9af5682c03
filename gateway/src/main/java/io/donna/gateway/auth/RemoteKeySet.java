package io.donna.gateway.auth;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that an identity provider publishes, fetched on virtual threads and never by who asks for
 * one; a platform thread, which no load of clients can starve, sees to their renewal. They are
 * renewed before anybody misses one, and at a bounded rate when somebody does. While the provider
 * cannot be reached the last ones stay in use. Safe from any thread.
 */
final class RemoteKeySet implements AutoCloseable {
  /**
   * When keys are fetched.
   *
   * @param renewal how old they get before they are fetched again
   * @param least at most one fetch begins in this time, however many unknown keys come
   * @param longest after failures the pauses double up to this
   */
  record Pace(Duration renewal, Duration least, Duration longest) {
    static final Pace USUAL =
        new Pace(Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofMinutes(1));
  }

  /** Where the keys are. Blocks, within a time limit of its own. */
  @FunctionalInterface
  interface Source {
    KeySet fetch() throws IOException;
  }

  private record Fetch(long begun, CompletableFuture<Boolean> succeeded) {}

  private static final Logger LOG = LoggerFactory.getLogger(RemoteKeySet.class);

  private final Source source;
  private final Pace pace;
  private final Executor blocking;
  private final AtomicReference<Fetch> last;
  private final Thread renewal;

  private volatile KeySet keys = KeySet.EMPTY;

  /** Begins to fetch at once. */
  RemoteKeySet(Source source, Pace pace, Executor blocking) {
    this.source = source;
    this.pace = pace;
    this.blocking = blocking;
    Fetch first = begin();
    this.last = new AtomicReference<>(first);
    blocking.execute(() -> run(first));
    this.renewal = Thread.ofPlatform().daemon().name("key-set").start(this::renew);
  }

  /** The keys as they are known now. */
  KeySet keys() {
    return keys;
  }

  /**
   * Asks for keys that are newer than those now known. What comes is whether the provider answered;
   * where it did moments ago, that answer stands.
   */
  CompletableFuture<Boolean> newer() {
    Fetch before = last.get();
    boolean stands =
        !before.succeeded.isDone() || System.nanoTime() - before.begun < pace.least.toNanos();
    if (stands) {
      return before.succeeded;
    }
    Fetch next = begin();
    if (!last.compareAndSet(before, next)) {
      return newer();
    }
    try {
      blocking.execute(() -> run(next));
    } catch (RuntimeException | Error notBegun) {
      next.succeeded.complete(false); // or everybody would wait for it
      throw notBegun;
    }
    return next.succeeded;
  }

  private static Fetch begin() {
    return new Fetch(System.nanoTime(), new CompletableFuture<>());
  }

  private void run(Fetch fetch) {
    boolean fetched = false;
    try {
      keys = source.fetch();
      fetched = true;
    } catch (IOException unreachable) {
      LOG.warn(
          "the key set was not renewed: {}; {}",
          unreachable.getMessage(),
          keys.keys().isEmpty() ? "there is none" : "the last one stays in use");
    } catch (RuntimeException fault) {
      LOG.error("the key set was not renewed, by a fault of ours", fault);
    } finally {
      fetch.succeeded.complete(fetched);
    }
  }

  private void renew() {
    Duration afterFailure = pace.least;
    try {
      while (true) {
        boolean fetched = last.get().succeeded.join();
        Thread.sleep(fetched ? pace.renewal : afterFailure);
        afterFailure = fetched ? pace.least : least(afterFailure.multipliedBy(2), pace.longest);
        tryToBegin();
      }
    } catch (InterruptedException closed) {
      // The gateway stops.
    }
  }

  /** Whatever keeps a fetch from beginning, such as a want of memory, does not end the renewals. */
  private void tryToBegin() {
    try {
      newer();
    } catch (RuntimeException | Error fault) {
      LOG.error("the key set was not renewed: {}", fault.toString());
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
