package io.donna.gateway.session;

import io.donna.gateway.realtime.LongTimer;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a session's token: announced ahead, so that it can be renewed, and kept to. Confined
 * to the session's event loop.
 */
final class TokenExpiry {
  /** How long before the end it is announced. A token that is as short when it comes is not. */
  static final Duration NOTICE = Duration.ofSeconds(30);

  private final EventLoop eventLoop;
  private final Optional<Consumer<Duration>> onNotice;
  private final Runnable onEnd;
  private @Nullable LongTimer timer;

  /**
   * Both run on {@code eventLoop}.
   *
   * @param onNotice announces it, {@link #NOTICE} ahead or at once where less is left, where
   *     somebody can do something about it; told how much is left
   */
  TokenExpiry(EventLoop eventLoop, Optional<Consumer<Duration>> onNotice, Runnable onEnd) {
    this.eventLoop = eventLoop;
    this.onNotice = onNotice;
    this.onEnd = onEnd;
  }

  /** A token counts from now on, for {@code left} if it ends at all, in place of any before. */
  void restart(Optional<Duration> left) {
    cancel();
    left.ifPresent(time -> {
      if (onNotice.isPresent() && time.compareTo(NOTICE) > 0) {
        timer = LongTimer.start(eventLoop, time.minus(NOTICE), () -> announce(onNotice.get()));
      } else {
        timer = LongTimer.start(eventLoop, time, onEnd);
        onNotice.ifPresent(notice -> notice.accept(time));
      }
    });
  }

  private void announce(Consumer<Duration> notice) {
    timer = LongTimer.start(eventLoop, NOTICE, onEnd);
    notice.accept(NOTICE);
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
    }
  }
}
