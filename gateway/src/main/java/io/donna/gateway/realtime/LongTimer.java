package io.donna.gateway.realtime;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Does something once, after a time of any length: no token and no limit is so long that its end is
 * not kept to, nor so long that a count of nanoseconds overflows. Confined to its event loop.
 */
public final class LongTimer {
  private static final Duration STEP = Duration.ofDays(1);

  private final EventLoop eventLoop;
  private final Runnable deed;
  private Duration left;
  private long stepBegan;
  private @Nullable ScheduledFuture<?> step;

  private LongTimer(EventLoop eventLoop, Duration delay, Runnable deed) {
    this.eventLoop = eventLoop;
    this.left = delay;
    this.deed = deed;
  }

  public static LongTimer start(EventLoop eventLoop, Duration delay, Runnable deed) {
    LongTimer timer = new LongTimer(eventLoop, delay, deed);
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
      deed.run();
    }
  }

  public void cancel() {
    if (step != null) {
      step.cancel(false);
    }
  }
}
