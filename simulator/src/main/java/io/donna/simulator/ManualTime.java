package io.donna.simulator;

import io.donna.simulator.protocol.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Time that stands still until a test moves it, so that a session of hours takes no longer than its
 * events. Thread-safe.
 */
public final class ManualTime implements TimeSource {
  private final Instant start;
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparing(Timer::due).thenComparingLong(Timer::number));
  private Duration elapsed = Duration.ZERO;
  private long scheduled;

  public ManualTime(Instant start) {
    this.start = start;
  }

  @Override
  public synchronized Instant now() {
    return start.plus(elapsed);
  }

  @Override
  public synchronized long nanoTime() {
    return elapsed.toNanos();
  }

  @Override
  public synchronized Future<?> schedule(
      ScheduledExecutorService loop, Duration wait, Runnable task) {
    Timer timer = new Timer(elapsed.plus(wait), scheduled++, loop, task, new CompletableFuture<>());
    timers.add(timer);
    return timer.done;
  }

  /**
   * Moves the time forward. Runs each timer that falls due at its own time and on its own event
   * loop, one after the other, and waits for it. Must not be called on an event loop.
   */
  public void advance(Duration by) {
    Duration until;
    synchronized (this) {
      until = elapsed.plus(by);
    }
    for (Optional<Timer> next = next(until); next.isPresent(); next = next(until)) {
      Timer timer = next.get();
      CompletableFuture.runAsync(timer::run, timer.loop).join();
    }
    synchronized (this) {
      elapsed = until;
    }
  }

  private synchronized Optional<Timer> next(Duration until) {
    timers.removeIf(timer -> timer.done.isDone());
    Optional<Timer> next =
        Optional.ofNullable(timers.peek()).filter(timer -> timer.due.compareTo(until) <= 0);
    next.ifPresent(timer -> {
      timers.remove(timer);
      elapsed = timer.due;
    });
    return next;
  }

  private record Timer(
      Duration due,
      long number,
      ScheduledExecutorService loop,
      Runnable task,
      CompletableFuture<Void> done) {

    void run() {
      if (!done.isDone()) {
        done.complete(null);
        task.run();
      }
    }
  }
}
