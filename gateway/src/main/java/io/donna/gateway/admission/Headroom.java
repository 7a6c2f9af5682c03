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

  /** The most sessions that there are descriptors for. */
  int sessions() {
    return descriptors.sessions();
  }

  /**
   * Whether memory is nearly used up. Who asks is refused; so that nobody is for ever, who holds
   * most of it is ended.
   *
   * @param sessions those there are now
   */
  boolean isShortOfMemory(int sessions) {
    if (held.isScarce()) {
      held.relieve();
      return true;
    }
    return heap.isNearlyFull(sessions);
  }
}
