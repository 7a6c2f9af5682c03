package io.donna.gateway.guard;

import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Holding;

/**
 * What one session holds back of memory that all share.
 *
 * @param account whom it is put down to
 */
record SessionMemory(HeldBytes held, String account, InspectorContext context) {
  /** For what {@code owner} lets go of where memory is scarce. */
  Holding holding(Holding.Owner owner) {
    return new Holding(held, account, owner);
  }

  /** Memory is scarce, and what this session holds back cannot be let go of without it. */
  void endSession() {
    context.end(Replies.overloaded(), CloseReason.overloaded());
  }
}
