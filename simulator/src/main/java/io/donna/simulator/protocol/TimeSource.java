package io.donna.simulator.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The time that sessions live by. Safe from any thread. */
public interface TimeSource {
  Instant now();

  /** A time without origin, to measure durations. */
  long nanoTime();

  /** Runs the task on the event loop after the wait. */
  Future<?> schedule(ScheduledExecutorService loop, Duration wait, Runnable task);

  static TimeSource system() {
    return new TimeSource() {
      @Override
      public Instant now() {
        return Instant.now();
      }

      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Future<?> schedule(ScheduledExecutorService loop, Duration wait, Runnable task) {
        return loop.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
      }
    };
  }
}
