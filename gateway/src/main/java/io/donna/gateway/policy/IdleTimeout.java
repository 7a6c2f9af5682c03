package io.donna.gateway.policy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that nobody speaks, in the upstream's place: its {@code idle_timeout_ms} counts from when
 * the assistant's last words have been played. Confined to the session's event loop.
 */
final class IdleTimeout {
  private final EventLoop loop;

  /** In milliseconds; empty where there is none. */
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

  /** The assistant has said so much more. */
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

  /** A response begins: nobody is idle. */
  void stop() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /** A response is done, and will be heard to its end. */
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
