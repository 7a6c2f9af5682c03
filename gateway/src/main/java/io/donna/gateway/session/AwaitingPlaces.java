package io.donna.gateway.session;

import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.Message;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The other replicas are asked whether the session may begin; the client is not read until then.
 */
final class AwaitingPlaces implements Phase {
  private final Session session;
  private final Supplier<Phase> next;

  /**
   * Waits, unless the session ends before.
   *
   * @param counted completes on the session's event loop
   * @param next the phase after that
   */
  AwaitingPlaces(Session session, CompletionStage<Void> counted, Supplier<Phase> next) {
    this.session = session;
    this.next = next;
    session.client().hold();
    counted.whenComplete((decided, defect) -> onCounted(defect == null));
  }

  /** Nobody waits for good, not even where an answer could not be handled. */
  private void onCounted(boolean isDecided) {
    if (session.isOver()) {
      return;
    }
    if (!isDecided) {
      session.refuseOverloaded();
    } else {
      session.moveTo(next.get());
      session.client().resume();
      session.updateReading();
    }
  }

  @Override
  public SessionState state() {
    return SessionState.AUTHENTICATING;
  }

  @Override
  public Phase onMessage(Message message) {
    return this;
  }

  @Override
  public boolean isAccepting() {
    return false;
  }

  @Override
  public boolean mayBeHandedOver() {
    return false;
  }
}
