package io.donna.gateway.websocket;

import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that messages may take which wait: for their end, for an upstream that is opening, or
 * for a peer that does not read. Nobody may hold more than is left for all others, as switches
 * share out their buffers: however much one takes, what a voice needs is there, and the more that
 * hold, the less each may. Safe from any thread.
 */
public final class HeldBytes {
  private final long limit;
  private final AtomicLong total = new AtomicLong();

  public HeldBytes(long limit) {
    this.limit = limit;
  }

  /** Half of what Netty may take of this process's memory; the rest is for what flows. */
  public static HeldBytes ofThisProcess() {
    return new HeldBytes(PlatformDependent.maxDirectMemory() / 2);
  }

  /** All that is held now. */
  public long total() {
    return total.get();
  }

  /** Whether more than half of it is taken: the time to let nobody in who would want some. */
  public boolean isScarce() {
    return total.get() > limit / 2;
  }

  /**
   * Somebody who held {@code before} bytes now holds {@code after}; it counts in any case.
   *
   * @return whether it may; where it may not, it has to let go
   */
  boolean change(long before, long after) {
    long all = total.addAndGet(after - before);
    return after <= before || after <= limit - all;
  }
}
