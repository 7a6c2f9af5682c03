package io.donna.gateway.session;

import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;

/**
 * The state of a session. A phase handles the client's messages and returns the next phase, usually
 * itself.
 *
 * <pre>
 *   AwaitingAuthentication ─token─> AwaitingConnectCommand ─command─> Connecting ─101─> Relaying
 *           │                                 ^                           │                │
 *           │                                 └─────upstream closed───────┼────────────────┘
 *           └──invalid, too late──> Ended <────────refused, timeout───────┘
 * </pre>
 *
 * If tokens are optional, OfferingAuthentication replaces AwaitingAuthentication. A drop-in session
 * begins in VerifyingToken and moves to Connecting with a valid token; it ends when its upstream
 * closes. If other replicas have a say, AwaitingPlaces follows authentication. Where the protocol
 * opens its upstream by a message, AwaitingStart precedes Connecting. Where the upstream states its
 * last usage when it is asked to end, Finishing precedes Ended if the gateway ends the session.
 */
sealed interface Phase
    permits AwaitingAuthentication,
        OfferingAuthentication,
        VerifyingToken,
        AwaitingPlaces,
        AwaitingConnectCommand,
        AwaitingStart,
        Connecting,
        Relaying,
        Finishing,
        Ended {
  /** What the operator is told. */
  SessionState state();

  /** Handles a complete message of the client; the message is valid during the call. */
  Phase onMessage(Message message);

  /** All received bytes have been read. */
  default void onBurstEnd() {}

  /** The client's channel has become writable or unwritable. */
  default void onClientWritabilityChanged(boolean writable) {}

  /** Something waits for an upstream that is not open. */
  default void onWaiting() {}

  /** Whether further messages of the client can be read. */
  default boolean isAccepting() {
    return true;
  }

  /** Whether the client may be asked to go on at another replica now. */
  default boolean mayBeHandedOver() {
    return true;
  }

  /** The session moves to another phase. */
  default void leave() {}

  /** The session ends; the upstream side is closed with {@code reason}. */
  default void end(CloseReason reason) {
    leave();
  }
}
