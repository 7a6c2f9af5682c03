package io.donna.gateway.relay;

import io.donna.gateway.sharing.FairThreads;
import java.util.concurrent.Executor;

/**
 * The threads that read and write trees too large for an event loop: half as many as there are
 * processors, so that event loops keep the other half. Users take turns, and each direction of a
 * session has one tree at work at most. Safe from any thread.
 */
final class TreeThreads {
  private static final FairThreads THREADS =
      new FairThreads("donna-trees", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

  private TreeThreads() {}

  /** What the user of this account has done. */
  static Executor shareOf(String account) {
    return THREADS.shareOf(account);
  }
}
