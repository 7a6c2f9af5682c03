package io.donna.gateway.policy;

import java.util.concurrent.ConcurrentHashMap;

/** Counts open sessions by owner. Safe from any thread. */
final class SessionCounts {
  private final ConcurrentHashMap<String, Long> taken = new ConcurrentHashMap<>();

  /**
   * Counts one more session for {@code who}, unless it has {@code most} already. Returns whether it
   * was counted.
   */
  boolean take(String who, long most) {
    boolean[] had = new boolean[1];
    taken.compute(
        who,
        (key, count) -> {
          long before = count == null ? 0 : count;
          had[0] = before < most;
          long now = had[0] ? before + 1 : before;
          return now == 0 ? null : now;
        });
    return had[0];
  }

  void giveBack(String who) {
    taken.computeIfPresent(who, (key, count) -> count > 1 ? count - 1 : null);
  }
}
