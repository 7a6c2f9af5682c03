package io.donna.gateway.guard;

import io.donna.gateway.realtime.Passage;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Holding;

/**
 * What one session holds back of memory that all share.
 *
 * @param account whom it is put down to
 */
record Memory(HeldBytes held, String account, Passage passage) {
  private static final CloseReason OVERLOADED =
      new CloseReason(CloseReason.OVERLOADED, "Overloaded");

  /** For what {@code owner} lets go of where memory is scarce. */
  Holding holding(Holding.Owner owner) {
    Holding holding = new Holding(held, owner);
    holding.setAccount(account);
    return holding;
  }

  /** Memory is scarce, and what this session holds back cannot be let go of without it. */
  void endSession() {
    passage.end(
        Replies.gatewayError("overloaded", "The gateway is overloaded; try again later."),
        OVERLOADED);
  }
}
