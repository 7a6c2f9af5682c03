package io.donna.gateway.admission;

import io.donna.gateway.websocket.HeldBytes;

/**
 * What the process has left: file descriptors, heap, memory for messages that wait. Whoever would
 * need more than that is refused before it is let in, so that those who are in can go on. Safe from
 * any thread.
 */
public final class Headroom {
  private final Descriptors descriptors;
  private final HeldBytes held;
  private final Heap heap = new Heap();

  public Headroom(Descriptors descriptors, HeldBytes held) {
    this.descriptors = descriptors;
    this.held = held;
  }

  /**
   * Whether there is room for what another session would need.
   *
   * @param sessions those there are now
   */
  boolean hasRoom(int sessions) {
    return sessions < descriptors.sessions() && !isShortOfMemory(sessions);
  }

  /**
   * Whether memory is nearly used up.
   *
   * @param sessions those there are now
   */
  boolean isShortOfMemory(int sessions) {
    return held.isScarce() || heap.isNearlyFull(sessions);
  }
}
