package io.donna.gateway.session;

import io.donna.gateway.event.LongTimer;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The expiry of a session's token: announced in advance, so that the token can be renewed, then
 * enforced. Confined to the session's event loop.
 */
final class TokenExpiry {
  /** How long in advance the expiry is announced. */
  static final Duration NOTICE = Duration.ofSeconds(30);

  private final EventLoop eventLoop;
  private final Optional<Consumer<Duration>> onNotice;
  private final Runnable onEnd;
  private @Nullable LongTimer timer;

  /**
   * Both run on {@code eventLoop}.
   *
   * @param onNotice announces the expiry {@link #NOTICE} in advance, or at once if less time is
   *     left, and receives that time; empty if the client cannot renew
   */
  TokenExpiry(EventLoop eventLoop, Optional<Consumer<Duration>> onNotice, Runnable onEnd) {
    this.eventLoop = eventLoop;
    this.onNotice = onNotice;
    this.onEnd = onEnd;
  }

  /** Starts the time of a new token: {@code left}, or without end. Replaces any earlier one. */
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
