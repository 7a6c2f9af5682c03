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
 * Detects that live objects nearly fill the heap: examines what the last collection left in the
 * pools of old objects. Garbage not yet collected does not count. Safe from any thread.
 */
final class Heap {
  private static final double NEARLY_FULL = 0.85;

  /** The heap is checked again once a tenth of the sessions has ended since it was nearly full. */
  private static final int GONE = 10;

  /**
   * It is also checked again after this time, as something other than sessions may have filled it.
   */
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int NEVER = -1;

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
          .toList();

  /** The number of sessions when the heap was found nearly full. */
  private final AtomicInteger sessionsThen = new AtomicInteger(NEVER);

  private final AtomicLong lookedAt = new AtomicLong();

  /**
   * Whether there is no room for another session.
   *
   * @param sessions the current number of sessions
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
        // Some collectors examine old objects only when they run out of room, which never happens
        // while no new client is admitted.
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
