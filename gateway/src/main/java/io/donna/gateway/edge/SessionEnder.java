package io.donna.gateway.edge;

import io.donna.gateway.session.Session;
import io.donna.gateway.session.SessionRegistry;
import io.donna.gateway.session.SessionSelector;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Ends live sessions, each on its event loop. Safe from any thread but those of the event loops,
 * for which it waits.
 */
final class SessionEnder {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private final EventLoopGroup eventLoops;
  private final SessionRegistry sessions;

  SessionEnder(EventLoopGroup eventLoops, SessionRegistry sessions) {
    this.eventLoops = eventLoops;
    this.sessions = sessions;
  }

  /** Ends the sessions whose token or user has been revoked. Does not wait. */
  void endRevoked() {
    for (Session session : sessions.live()) {
      session.client().eventLoop().execute(session::endIfRevoked);
    }
  }

  /**
   * Ends those that {@code selector} means, and returns how many. Those that were admitted before
   * the call are among them. Waits for their event loops, for seconds at most.
   *
   * @param reason what their clients are told
   */
  int end(SessionSelector selector, String reason) {
    // An upgrade that was admitted before what the caller has changed is a session behind this.
    passEveryEventLoop(TIMEOUT);
    AtomicInteger ended = new AtomicInteger();
    List<Session> now = List.copyOf(sessions.live());
    CountDownLatch left = new CountDownLatch(now.size());
    for (Session session : now) {
      runOn(
          session.client().eventLoop(),
          () -> {
            if (session.isSelectedBy(selector) && session.endByOperator(reason)) {
              ended.incrementAndGet();
            }
          },
          left);
    }
    awaitAll(left, TIMEOUT);
    return ended.get();
  }

  /**
   * Asks sessions to go on at another replica, each at a moment between its turns. Does not wait.
   *
   * @param most so many of them, so that not all come there at once
   */
  void handOver(int most) {
    AtomicInteger left = new AtomicInteger(most);
    for (Session session : sessions.live()) {
      session
          .client()
          .eventLoop()
          .execute(() -> {
            if (left.get() > 0 && session.handOver()) {
              left.decrementAndGet();
            }
          });
    }
  }

  /**
   * Tells all that the gateway goes away, waits until {@code over}, for seconds at most, and
   * settles what then is left.
   */
  void endAll(BooleanSupplier over) {
    onEveryEventLoop(Session::goAway);
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!over.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(5_000_000);
    }
    onEveryEventLoop(Session::settleNow);
  }

  /** Whether every event loop ran a task within {@code patience}. */
  boolean passEveryEventLoop(Duration patience) {
    List<EventExecutor> loops = new ArrayList<>();
    eventLoops.forEach(loops::add);
    CountDownLatch left = new CountDownLatch(loops.size());
    loops.forEach(loop -> runOn(loop, () -> {}, left));
    return awaitAll(left, patience);
  }

  /** A task that a stopping event loop rejects has nothing left to do. */
  private static void runOn(EventExecutor loop, Runnable task, CountDownLatch left) {
    try {
      loop.execute(() -> {
        try {
          task.run();
        } finally {
          left.countDown();
        }
      });
    } catch (RejectedExecutionException stopping) {
      left.countDown();
    }
  }

  private static boolean awaitAll(CountDownLatch left, Duration patience) {
    try {
      return left.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Runs {@code action} for every session, after the tasks already queued on its event loop: an
   * upgrade admitted before the gate was closed is a session by then.
   */
  private void onEveryEventLoop(Consumer<Session> action) {
    for (EventExecutor loop : eventLoops) {
      loop.submit(() ->
              sessions.live().stream()
                  .filter(session -> session.client().eventLoop().inEventLoop())
                  .forEach(action))
          .awaitUninterruptibly();
    }
  }
}
