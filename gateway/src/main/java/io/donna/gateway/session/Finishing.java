package io.donna.gateway.session;

import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The gateway ends the session, has said why, and waits for the upstream's last usage. What the
 * client says is dropped.
 */
final class Finishing implements Phase {
  private final Session session;
  private final Relay relay;
  private final CloseReason reason;
  private final ScheduledFuture<?> limit;

  /**
   * @param reason closes the client's connection when there is nothing more to wait for
   * @param patience for that, at most
   */
  Finishing(Session session, Relay relay, CloseReason reason, Duration patience) {
    this.session = session;
    this.relay = relay;
    this.reason = reason;
    this.limit =
        session.eventLoop().schedule(this::giveUp, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void giveUp() {
    relay.stopFinishing();
    session.close(reason);
  }

  /** Why the session ends. */
  CloseReason reason() {
    return reason;
  }

  @Override
  public SessionState state() {
    return SessionState.LIVE;
  }

  @Override
  public Phase onMessage(Message message) {
    return this;
  }

  @Override
  public void leave() {
    limit.cancel(false);
  }

  @Override
  public void end(CloseReason towardsUpstream) {
    leave();
    relay.close(towardsUpstream);
  }

  @Override
  public boolean mayBeHandedOver() {
    return false;
  }
}
