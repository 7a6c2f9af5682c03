package io.donna.gateway.admission;

import io.donna.gateway.websocket.HeldBytes;

/**
 * The remaining resources of the process: file descriptors, heap, and memory for waiting messages.
 * New clients are refused before resources run out, so that admitted ones can continue. Safe from
 * any thread.
 */
public final class Headroom {
  private final FileDescriptorBudget descriptors;
  private final HeldBytes held;
  private final Heap heap;

  public Headroom(FileDescriptorBudget descriptors, HeldBytes held) {
    this(descriptors, held, new Heap());
  }

  Headroom(FileDescriptorBudget descriptors, HeldBytes held, Heap heap) {
    this.descriptors = descriptors;
    this.held = held;
    this.heap = heap;
  }

  /** The most sessions that the descriptors allow. */
  int sessions() {
    return descriptors.sessions();
  }

  /**
   * Whether memory is nearly exhausted, so that new clients must be refused. Ends the largest
   * holder of memory, so that the shortage does not last.
   *
   * @param sessions the current number of sessions
   */
  boolean isShortOfMemory(int sessions) {
    if (held.isScarce()) {
      held.relieve();
      return true;
    }
    return heap.isNearlyFull(sessions);
  }
}
