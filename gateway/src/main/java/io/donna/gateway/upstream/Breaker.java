package io.donna.gateway.upstream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets a server rest that failed several times in a row: while it does, others are asked before it.
 * When its rest is over one opening tries it, and the rest begins anew unless that succeeds. Safe
 * from any thread.
 */
final class Breaker {
  static final int FAILURES = 3;
  static final Duration REST = Duration.ofSeconds(30);

  private final LongSupplier nanoTime;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicLong restsUntil = new AtomicLong();

  Breaker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether the server may be asked in its turn. Of those that ask after a rest, one hears yes. */
  boolean admits() {
    if (failures.get() < FAILURES) {
      return true;
    }
    long now = nanoTime.getAsLong();
    long until = restsUntil.get();
    return now - until >= 0 && restsUntil.compareAndSet(until, now + REST.toNanos());
  }

  void succeeded() {
    failures.set(0);
  }

  /** Counts a failure; true where it is the one that begins a rest. */
  boolean failed() {
    int inARow = failures.updateAndGet(count -> Math.min(count + 1, FAILURES + 1));
    if (inARow >= FAILURES) {
      restsUntil.set(nanoTime.getAsLong() + REST.toNanos());
    }
    return inARow == FAILURES;
  }
}
