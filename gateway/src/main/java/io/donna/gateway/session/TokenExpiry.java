package io.donna.gateway.session;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of a session's token: announced ahead, so that it can be renewed, and kept to. Confined
 * to the session's event loop.
 */
final class TokenExpiry {
  /** How long before the end it is announced. A token that is as short when it comes is not. */
  static final Duration NOTICE = Duration.ofSeconds(30);

  /** A token may say that it holds for ever; no timer does. */
  private static final Duration LONGEST_TIMER = Duration.ofDays(30);

  private final EventLoop eventLoop;
  private final Optional<Runnable> onNotice;
  private final Runnable onEnd;
  private @Nullable ScheduledFuture<?> timer;

  /**
   * Both run on {@code eventLoop}.
   *
   * @param onNotice announces it, where somebody can do something about it
   */
  TokenExpiry(EventLoop eventLoop, Optional<Runnable> onNotice, Runnable onEnd) {
    this.eventLoop = eventLoop;
    this.onNotice = onNotice;
    this.onEnd = onEnd;
  }

  /** A token counts from now on, for {@code left} if it ends at all, in place of any before. */
  void restart(Optional<Duration> left) {
    cancel();
    left.filter(time -> time.compareTo(LONGEST_TIMER) < 0)
        .ifPresent(time -> {
          if (onNotice.isPresent() && time.compareTo(NOTICE) > 0) {
            timer = schedule(() -> announce(onNotice.get()), time.minus(NOTICE));
          } else {
            timer = schedule(onEnd, time);
          }
        });
  }

  private void announce(Runnable notice) {
    timer = schedule(onEnd, NOTICE);
    notice.run();
  }

  private ScheduledFuture<?> schedule(Runnable task, Duration delay) {
    return eventLoop.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  void cancel() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
