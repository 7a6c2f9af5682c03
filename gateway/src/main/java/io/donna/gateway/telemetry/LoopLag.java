package io.donna.gateway.telemetry;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures how late an event loop runs a task: the time by which each of its sessions is delayed.
 * Keeps the worst of the current and the previous window, so that a scrape every fifteen seconds
 * misses nothing. Confined to its event loop, but for {@link #worst}.
 */
final class LoopLag {
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int PROBES_A_WINDOW = 40;

  private final EventExecutor loop;
  private long due;
  private int probes;
  private volatile long current;
  private volatile long previous;
  private final AtomicLong untaken = new AtomicLong();

  LoopLag(EventExecutor loop) {
    this.loop = loop;
  }

  void start() {
    due = System.nanoTime() + EVERY_NANOS;
    loop.schedule(this::probe, EVERY_NANOS, TimeUnit.NANOSECONDS);
  }

  private void probe() {
    long late = Math.max(0, System.nanoTime() - due);
    if (++probes > PROBES_A_WINDOW) {
      probes = 0;
      previous = current;
      current = 0;
    }
    current = Math.max(current, late);
    untaken.accumulateAndGet(late, Math::max);
    if (!loop.isShuttingDown()) {
      start();
    }
  }

  /** The worst delay in the last twenty seconds or so, in nanoseconds. */
  long worst() {
    return Math.max(current, previous);
  }

  /** The worst delay since the last call, in nanoseconds. */
  long takeWorst() {
    return untaken.getAndSet(0);
  }
}
