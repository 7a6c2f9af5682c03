package io.donna.gateway.policy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Implements {@code idle_timeout_ms} in the upstream's place. The timeout runs from the end of
 * playback of the assistant's last words. Confined to the session's event loop.
 */
final class IdleTimeout {
  private final EventLoop loop;

  /** In milliseconds; empty for no timeout. */
  private final Supplier<OptionalLong> limit;

  private final Runnable onIdle;
  private long spokenMicros;
  private boolean userSpeaks;
  private @Nullable ScheduledFuture<?> timer;

  IdleTimeout(EventLoop loop, Supplier<OptionalLong> limit, Runnable onIdle) {
    this.loop = loop;
    this.limit = limit;
    this.onIdle = onIdle;
  }

  /** Adds {@code micros} of assistant speech that has to be played. */
  void speak(long micros) {
    spokenMicros += micros;
  }

  void userStarts() {
    userSpeaks = true;
    stop();
  }

  void userStops() {
    userSpeaks = false;
    stop();
  }

  /** Stops the timeout, because a response begins or the user speaks. */
  void stop() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /** Restarts the timeout after a response, to run once it has been played. */
  void restart() {
    stop();
    OptionalLong millis = limit.get();
    long playedMillis = TimeUnit.MICROSECONDS.toMillis(spokenMicros);
    spokenMicros = 0;
    if (millis.isPresent() && !userSpeaks) {
      timer = loop.schedule(onIdle, playedMillis + millis.getAsLong(), TimeUnit.MILLISECONDS);
    }
  }
}
