package io.donna.gateway.relay;

import io.donna.gateway.sharing.FairThreads;
import java.util.concurrent.Executor;

/**
 * The threads that parse and serialize trees too large for an event loop: half as many as
 * processors, so that event loops keep the other half. Shared fairly among users; each direction of
 * a session has at most one tree in work. Safe from any thread.
 */
final class TreeThreads {
  private static final FairThreads THREADS =
      new FairThreads("donna-trees", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

  private TreeThreads() {}

  /** An executor for the work of this account. */
  static Executor shareOf(String account) {
    return THREADS.shareOf(account);
  }
}
