package io.donna.gateway.admission;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether the heap is nearly full of what is in use: of the pools where objects grow old, what was
 * left when the collector last looked. Garbage that waits for it does not count. Safe from any
 * thread.
 */
final class Heap {
  private static final double NEARLY_FULL = 0.85;

  /** When one session in so many has gone since it was nearly full, it is worth another look. */
  private static final int GONE = 10;

  /** And so is it after a while: what filled the heap need not have been a session's. */
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int NEVER = -1;

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
          .toList();

  /** How many sessions there were when the heap was found nearly full. */
  private final AtomicInteger sessionsThen = new AtomicInteger(NEVER);

  private final AtomicLong lookedAt = new AtomicLong();

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
    long before = lookedAt.get();
    long now = System.nanoTime();
    boolean found = then == NEVER;
    boolean worthALook = !found && (sessions < then - then / GONE || now - before > AGAIN_NANOS);
    if ((found || worthALook) && lookedAt.compareAndSet(before, now)) {
      sessionsThen.set(sessions);
      if (worthALook) {
        // Some collectors look at old objects only when they run out of room, and that would be
        // never, as long as nobody is let in.
        Thread.ofVirtual().start(System::gc);
      }
    }
    return true;
  }

  private static boolean isNearlyFull(MemoryPoolMXBean pool) {
    MemoryUsage left = pool.getCollectionUsage();
    return left != null && left.getMax() > 0 && left.getUsed() > NEARLY_FULL * left.getMax();
  }
}
