package io.donna.gateway.session;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/**
 * The upstreams that outlive their clients, as they have still to say what they cost: few of one
 * user, a share of the process's connections in all, and none while the process is short of
 * anything. Safe from any thread.
 */
public final class KeptUpstreams {
  /** Somebody who hangs up on more answers than this in ten seconds is not after answers. */
  static final int OF_ONE_USER = 4;

  private final int most;
  private final IntPredicate shortage;
  private final AtomicInteger total = new AtomicInteger();

  /** Has an entry only while the user has one that is kept. */
  private final ConcurrentHashMap<String, Integer> perUser = new ConcurrentHashMap<>();

  /**
   * @param most in all
   * @param shortage whether the process is short of memory or connections where it keeps so many
   */
  public KeptUpstreams(int most, IntPredicate shortage) {
    this.most = most;
    this.shortage = shortage;
  }

  /** Takes a place for one; false where there is none, and the upstream has to go at once. */
  boolean take(String user) {
    if (total.incrementAndGet() > most || isShort()) {
      total.decrementAndGet();
      return false;
    }
    boolean[] taken = {false};
    perUser.compute(
        user,
        (whose, before) -> {
          int count = before == null ? 0 : before;
          taken[0] = count < OF_ONE_USER;
          return taken[0] ? Integer.valueOf(count + 1) : before;
        });
    if (!taken[0]) {
      total.decrementAndGet();
    }
    return taken[0];
  }

  void giveBack(String user) {
    total.decrementAndGet();
    perUser.computeIfPresent(user, (whose, count) -> count == 1 ? null : count - 1);
  }

  /** Whether those that are kept have to go before their time. */
  boolean isShort() {
    return shortage.test(total.get());
  }

  int total() {
    return total.get();
  }
}
