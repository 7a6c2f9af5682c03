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
 * What a session came to, told when nothing more can be added: after its end, and after the end of
 * an upstream that was kept to say what it cost. Confined to the session's event loop.
 */
final class UsageSettlement {
  /** How often a kept upstream is looked at: whether there is still room for it. */
  private static final long LOOK_MS = 250;

  private final Bill bill;
  private final KeptUpstreams places;

  private @Nullable Relay kept;
  private String whose = "";
  private @Nullable ScheduledFuture<?> look;
  private boolean ended;
  private @Nullable Consumer<Optional<SessionUsage>> listener;

  UsageSettlement(Bill bill, KeptUpstreams places) {
    this.bill = bill;
    this.places = places;
  }

  /** Has {@code told} hear, once, what the session came to. */
  void whenSettled(Consumer<Optional<SessionUsage>> told) {
    listener = told;
    settle();
  }

  /** The upstream of {@code relay} would stay for a while; where there is no room it does not. */
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

  /** The upstream that was kept is gone. */
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

  /** The session is over. */
  void end() {
    ended = true;
    settle();
  }

  /** Waits no longer for what an upstream has still to say. */
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
