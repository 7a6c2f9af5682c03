package io.donna.gateway.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The places of those who watch. When all are taken, the operator with most of them gives its
 * oldest up to one who has at least two fewer, so that nobody keeps the others from watching. Safe
 * from any thread.
 */
final class WatcherPlaces {
  private final int capacity;
  private final Map<String, Deque<EventStream>> byOperator = new HashMap<>();
  private int taken;

  WatcherPlaces(int capacity) {
    this.capacity = capacity;
  }

  /** Takes a place until the stream ends; false if there is none. */
  boolean take(EventStream stream, String operator) {
    if (!add(stream, operator)) {
      return false;
    }
    stream.whenClosed(() -> remove(stream, operator));
    return true;
  }

  private synchronized boolean add(EventStream stream, String operator) {
    if (taken == capacity && !makeRoomFor(operator)) {
      return false;
    }
    byOperator.computeIfAbsent(operator, name -> new ArrayDeque<>()).addLast(stream);
    taken++;
    return true;
  }

  private boolean makeRoomFor(String operator) {
    String largest = operator;
    for (String other : byOperator.keySet()) {
      largest = count(other) > count(largest) ? other : largest;
    }
    Deque<EventStream> most = byOperator.get(largest);
    if (most == null || most.size() < count(operator) + 2) {
      return false;
    }
    EventStream oldest = most.getFirst();
    remove(oldest, largest);
    oldest.close();
    return true;
  }

  private int count(String operator) {
    Deque<EventStream> own = byOperator.get(operator);
    return own == null ? 0 : own.size();
  }

  private synchronized void remove(EventStream stream, String operator) {
    Deque<EventStream> own = byOperator.get(operator);
    if (own != null && own.remove(stream)) {
      taken--;
      if (own.isEmpty()) {
        byOperator.remove(operator);
      }
    }
  }
}
