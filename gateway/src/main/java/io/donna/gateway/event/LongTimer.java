package io.donna.gateway.event;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task once, after a delay of any length, even one whose nanoseconds overflow a {@code
 * long}. Confined to its event loop.
 */
public final class LongTimer {
  private static final Duration STEP = Duration.ofDays(1);

  private final EventLoop eventLoop;
  private final Runnable task;
  private Duration left;
  private long stepBegan;
  private @Nullable ScheduledFuture<?> step;

  private LongTimer(EventLoop eventLoop, Duration delay, Runnable task) {
    this.eventLoop = eventLoop;
    this.left = delay;
    this.task = task;
  }

  public static LongTimer start(EventLoop eventLoop, Duration delay, Runnable task) {
    LongTimer timer = new LongTimer(eventLoop, delay, task);
    timer.next();
    return timer;
  }

  private void next() {
    Duration now = left.compareTo(STEP) < 0 ? left : STEP;
    stepBegan = eventLoop.ticker().nanoTime();
    step = eventLoop.schedule(this::onStep, now.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void onStep() {
    left = left.minusNanos(eventLoop.ticker().nanoTime() - stepBegan);
    if (left.isPositive()) {
      next();
    } else {
      task.run();
    }
  }

  public void cancel() {
    if (step != null) {
      step.cancel(false);
    }
  }
}
