package io.donna.gateway.cluster.redis;

import java.util.List;

/**
 * The replicas as a beat listed them. A name begins with the time at which its replica joined, by
 * the clock of Redis, and a full stop.
 *
 * @param me the name of this replica; empty until it has joined
 * @param time of the list, in milliseconds by the clock of Redis
 * @param others the names of the other replicas
 */
record Members(String me, String time, List<String> others) {
  /** Before the first beat. */
  static final Members NOBODY = new Members("", "0", List.of());

  /** Reads what beat.lua returns. */
  static Members read(List<Object> answer) {
    List<String> words = answer.stream().map(String::valueOf).toList();
    return new Members(words.get(2), words.getFirst(), List.copyOf(words.subList(3, words.size())));
  }

  /** Whether a replica is alive: it is on the list, or has joined since. */
  boolean areWith(String replica) {
    return replica.equals(me) || others.contains(replica) || hasJoinedSince(replica);
  }

  private boolean hasJoinedSince(String replica) {
    try {
      return Long.parseLong(replica.substring(0, Math.max(0, replica.indexOf('.'))))
          >= Long.parseLong(time);
    } catch (NumberFormatException notOfOurs) {
      return false;
    }
  }
}
