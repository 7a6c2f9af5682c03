package io.donna.gateway.guard;

import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;

/**
 * Charges a session's held messages to the memory that all sessions share.
 *
 * @param account the account that is charged
 */
record SessionMemory(HeldBytes held, String account, InspectorContext context) {
  /** A charge for what {@code owner} holds. It is told to let go of it when memory is scarce. */
  BufferedBytesAccount holding(BufferedBytesAccount.Owner owner) {
    return new BufferedBytesAccount(held, account, owner);
  }

  /**
   * Ends the session, because memory is scarce and its held messages cannot be dropped without it.
   */
  void endSession() {
    context.end(Replies.overloaded(), CloseReason.overloaded());
  }
}
