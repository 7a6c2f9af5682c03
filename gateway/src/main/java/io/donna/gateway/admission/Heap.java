package io.donna.gateway.admission;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether the heap is nearly full of what is in use: of the pools where objects grow old, what was
 * left when the collector last looked. Garbage that waits for it does not count. Safe from any
 * thread.
 */
final class Heap {
  private static final double NEARLY_FULL = 0.85;

  /** When one session in so many has gone since it was nearly full, it is worth another look. */
  private static final int GONE = 10;

  private static final int NEVER = -1;

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
          .toList();

  /** How many sessions there were when the heap was found nearly full. */
  private final AtomicInteger sessionsThen = new AtomicInteger(NEVER);

  /**
   * Whether there is no room for a further session.
   *
   * @param sessions those there are now
   */
  boolean isNearlyFull(int sessions) {
    if (pools.stream().noneMatch(Heap::isNearlyFull)) {
      sessionsThen.set(NEVER);
      return false;
    }
    int then = sessionsThen.get();
    boolean worthALook = then != NEVER && sessions < then - then / GONE;
    if ((then == NEVER || worthALook) && sessionsThen.compareAndSet(then, sessions) && worthALook) {
      // Some collectors look at old objects only when they run out of room, and that would be
      // never, as long as nobody is let in.
      Thread.ofVirtual().start(System::gc);
    }
    return true;
  }

  private static boolean isNearlyFull(MemoryPoolMXBean pool) {
    MemoryUsage left = pool.getCollectionUsage();
    return left != null && left.getMax() > 0 && left.getUsed() > NEARLY_FULL * left.getMax();
  }
}
