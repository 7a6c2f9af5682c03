package io.donna.gateway.relay;

import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Holding;
import java.util.concurrent.Executor;

/**
 * What one session takes of memory and threads that all share, and whom that is put down to.
 *
 * @param trees reads and writes trees that are too large for an event loop
 */
record SessionResources(String account, HeldBytes held, Executor trees) {
  static SessionResources of(String account, HeldBytes held) {
    return new SessionResources(account, held, TreeThreads.shareOf(account));
  }

  /** For what {@code owner} lets go of where memory is scarce. */
  Holding holding(Holding.Owner owner) {
    return new Holding(held, account, owner);
  }
}
