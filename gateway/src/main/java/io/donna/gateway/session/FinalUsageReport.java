package io.donna.gateway.session;

import io.donna.gateway.audit.SessionUsage;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.relay.Relay;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports a session's usage when it is final: after the session has ended, and after an upstream
 * that was kept for its outstanding usage has closed. Confined to the session's event loop.
 */
final class FinalUsageReport {
  /** How often to check whether there is still room for a kept upstream. */
  private static final long LOOK_MS = 250;

  private final Bill bill;
  private final KeptUpstreams places;

  private @Nullable Relay kept;
  private String whose = "";
  private @Nullable ScheduledFuture<?> look;
  private boolean ended;
  private @Nullable Consumer<Optional<SessionUsage>> listener;

  FinalUsageReport(Bill bill, KeptUpstreams places) {
    this.bill = bill;
    this.places = places;
  }

  /** Calls {@code consumer} once with the session's final usage. */
  void whenSettled(Consumer<Optional<SessionUsage>> consumer) {
    listener = consumer;
    settle();
  }

  /** Keeps the upstream of {@code relay} open for a while, or releases it if there is no room. */
  void keep(Relay relay, String user, EventLoop eventLoop) {
    if (!places.take(user)) {
      relay.release();
      return;
    }
    kept = relay;
    whose = user;
    look =
        eventLoop.scheduleAtFixedRate(
            () -> {
              if (places.isShort()) {
                settleNow();
              }
            },
            LOOK_MS,
            LOOK_MS,
            TimeUnit.MILLISECONDS);
  }

  /** The kept upstream has closed. */
  void released() {
    if (kept != null) {
      kept = null;
      places.giveBack(whose);
    }
    if (look != null) {
      look.cancel(false);
    }
    settle();
  }

  /** The session has ended. */
  void end() {
    ended = true;
    settle();
  }

  /** Settles at once, without waiting for a kept upstream. */
  void settleNow() {
    if (kept != null) {
      kept.release();
    }
  }

  private void settle() {
    if (ended && kept == null && listener != null) {
      bill.close();
      listener.accept(bill.usage());
      listener = null;
    }
  }
}
