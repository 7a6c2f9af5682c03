package io.donna.gateway.edge;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How late event loops run their tasks, sampled once a second on each: what holds one up delays
 * every session on it. Safe from any thread.
 */
final class EventLoopLag {
  private static final long PERIOD = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong worst = new AtomicLong();

  EventLoopLag(EventLoopGroup eventLoops) {
    for (EventExecutor loop : eventLoops) {
      loop.execute(
          () -> loop.scheduleWithFixedDelay(new Sample(), PERIOD, PERIOD, TimeUnit.NANOSECONDS));
    }
  }

  /** The longest delay since the last call. */
  Duration takeWorst() {
    return Duration.ofNanos(worst.getAndSet(0));
  }

  /** Confined to its event loop. */
  private final class Sample implements Runnable {
    private long due = System.nanoTime() + PERIOD;

    @Override
    public void run() {
      long now = System.nanoTime();
      worst.accumulateAndGet(now - due, Math::max);
      due = now + PERIOD;
    }
  }
}
