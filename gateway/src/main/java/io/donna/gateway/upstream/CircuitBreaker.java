package io.donna.gateway.upstream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A circuit breaker. It opens after {@value #FAILURES} consecutive failures of a server; while it
 * is open, other servers are preferred. After {@link #REST} it is half-open: one session may try
 * the server, and the breaker closes if that succeeds. Safe from any thread.
 */
final class CircuitBreaker {
  static final int FAILURES = 3;
  static final Duration REST = Duration.ofSeconds(30);

  private final LongSupplier nanoTime;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicLong restsUntil = new AtomicLong();

  CircuitBreaker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether the server may be tried in its turn; after a rest, true for one caller only. */
  boolean admits() {
    if (failures.get() < FAILURES) {
      return true;
    }
    long now = nanoTime.getAsLong();
    long until = restsUntil.get();
    return now - until >= 0 && restsUntil.compareAndSet(until, now + REST.toNanos());
  }

  /** Whether it is open: the server has failed and rests. */
  boolean isOpen() {
    return failures.get() >= FAILURES && nanoTime.getAsLong() - restsUntil.get() < 0;
  }

  void succeeded() {
    failures.set(0);
  }

  /** Counts a failure; true if it opens the breaker. */
  boolean failed() {
    int inARow = failures.updateAndGet(count -> Math.min(count + 1, FAILURES + 1));
    if (inARow >= FAILURES) {
      restsUntil.set(nanoTime.getAsLong() + REST.toNanos());
    }
    return inARow == FAILURES;
  }
}
