package io.donna.gateway.relay;

import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.HeldBytes;
import java.util.concurrent.Executor;

/**
 * One session's share of the memory and threads that all sessions use, charged to its account.
 *
 * @param trees parses and serializes trees that are too large for an event loop
 */
record SessionResources(String account, HeldBytes held, Executor trees) {
  static SessionResources of(String account, HeldBytes held) {
    return new SessionResources(account, held, TreeThreads.shareOf(account));
  }

  /** A charge for what {@code owner} holds. It is told to let go of it when memory is scarce. */
  BufferedBytesAccount holding(BufferedBytesAccount.Owner owner) {
    return new BufferedBytesAccount(held, account, owner);
  }
}
