package io.donna.simulator.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/** A session's time: timers on its event loop, and the speed factor of its audio. */
public final class Pace {
  /** Shorter waits are not worth a timer. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

  private final TimeSource time;
  private final ScheduledExecutorService loop;
  private final double speed;
  private final List<Future<?>> timers = new ArrayList<>();

  public Pace(TimeSource time, ScheduledExecutorService loop, double speed) {
    this.time = time;
    this.loop = loop;
    this.speed = speed;
  }

  public Instant now() {
    return time.now();
  }

  /** A time without origin, to measure durations. */
  public long nanoTime() {
    return time.nanoTime();
  }

  /**
   * Scales a duration in real time by the session's speed. Zero if the result is too short for a
   * timer.
   */
  public Duration scaled(Duration realTime) {
    Duration scaled = Duration.ofNanos((long) (realTime.toNanos() / speed));
    return scaled.compareTo(SHORTEST_WAIT) < 0 ? Duration.ZERO : scaled;
  }

  /** Runs the task after an unscaled delay, unless all timers are stopped first. */
  public Future<?> after(Duration wait, Runnable task) {
    timers.removeIf(Future::isDone);
    Future<?> timer = time.schedule(loop, wait, task);
    timers.add(timer);
    return timer;
  }

  public void stop() {
    timers.forEach(timer -> timer.cancel(false));
    timers.clear();
  }
}
