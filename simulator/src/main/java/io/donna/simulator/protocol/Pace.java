package io.donna.simulator.protocol;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The session's clock: timers on its event loop, scaled by the speed factor. */
final class Pace {
  /** Shorter waits are not worth a timer. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

  private final ScheduledExecutorService loop;
  private final double speed;
  private final List<Future<?>> timers = new ArrayList<>();

  Pace(ScheduledExecutorService loop, double speed) {
    this.loop = loop;
    this.speed = speed;
  }

  /**
   * Scales a duration in real time by the session's speed. Zero if the result is too short for a
   * timer.
   */
  Duration scaled(Duration realTime) {
    Duration scaled = Duration.ofNanos((long) (realTime.toNanos() / speed));
    return scaled.compareTo(SHORTEST_WAIT) < 0 ? Duration.ZERO : scaled;
  }

  /** Runs the task after an unscaled delay, unless all timers are stopped first. */
  Future<?> after(Duration wait, Runnable task) {
    timers.removeIf(Future::isDone);
    Future<?> timer = loop.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
    timers.add(timer);
    return timer;
  }

  void stop() {
    timers.forEach(timer -> timer.cancel(false));
    timers.clear();
  }
}
