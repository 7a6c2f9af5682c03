package io.donna.gateway.session;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Message;

/**
 * Where a session stands. A phase takes the client's messages and returns the phase that follows,
 * mostly itself.
 *
 * <pre>
 *   AwaitingAuthentication ──token──> Ready ──connect_realtime──> Connecting ──101──> Relaying
 *            │                          ^ ^                           │                  │
 *            │                          │ └──────upstream closed──────┼──────────────────┘
 *            └──invalid, too late──> Over <─────refused, timeout──────┘
 * </pre>
 *
 * Where a token is optional, OfferingAuthentication stands for AwaitingAuthentication. A drop-in
 * session begins at Arriving, from where its token takes it to Connecting; an upstream that closes
 * ends it.
 */
sealed interface Phase
    permits AwaitingAuthentication,
        OfferingAuthentication,
        VerifyingToken,
        AwaitingConnect,
        Connecting,
        Relaying,
        Ended {
  /** Takes a whole message of the client's; valid during the call. */
  Phase onMessage(Message message);

  /** All that the client had sent has been read. */
  default void onBurstEnd() {}

  /** The client takes bytes again, or no more for now. */
  default void onClientWritabilityChanged(boolean writable) {}

  /** Whether the client may be read on. */
  default boolean isAccepting() {
    return true;
  }

  /** Another phase follows. */
  default void leave() {}

  /** The session ends; what it holds towards the upstream ends with {@code reason}. */
  default void end(CloseReason reason) {
    leave();
  }
}
