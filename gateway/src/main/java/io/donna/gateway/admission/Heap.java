package io.donna.gateway.admission;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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
  private static final long UNLIMITED = -1;

  /** The pools whose objects have survived collections. */
  private static final List<MemoryPoolMXBean> OLD =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
          .toList();

  private final Supplier<List<MemoryUsage>> left;
  private final LongSupplier nanoTime;
  private final Runnable collection;

  /** The number of sessions when the heap was found nearly full. */
  private final AtomicInteger sessionsThen = new AtomicInteger(NEVER);

  private final AtomicLong lookedAt = new AtomicLong();

  Heap() {
    this(Heap::leftInOldPools, System::nanoTime, () -> Thread.ofVirtual().start(System::gc));
  }

  /**
   * @param left what the last collection left in each pool of old objects
   * @param collection starts a collection; must not block
   */
  Heap(Supplier<List<MemoryUsage>> left, LongSupplier nanoTime, Runnable collection) {
    this.left = left;
    this.nanoTime = nanoTime;
    this.collection = collection;
  }

  /** What the last collection left in each pool of old objects of this process. */
  static List<MemoryUsage> leftInOldPools() {
    return OLD.stream().map(MemoryPoolMXBean::getCollectionUsage).filter(Objects::nonNull).toList();
  }

  /**
   * Whether there is no room for another session.
   *
   * @param sessions the current number of sessions
   */
  boolean isNearlyFull(int sessions) {
    if (left.get().stream().noneMatch(Heap::isNearlyFull)) {
      sessionsThen.set(NEVER);
      return false;
    }
    int then = sessionsThen.get();
    long before = lookedAt.get();
    long now = nanoTime.getAsLong();
    boolean found = then == NEVER;
    boolean worthALook = !found && (sessions < then - then / GONE || now - before > AGAIN_NANOS);
    if ((found || worthALook) && lookedAt.compareAndSet(before, now)) {
      sessionsThen.set(sessions);
      if (worthALook) {
        // Some collectors examine old objects only when they run out of room, which never happens
        // while no new client is admitted.
        collection.run();
      }
    }
    return true;
  }

  private static boolean isNearlyFull(MemoryUsage pool) {
    return pool.getMax() != UNLIMITED && pool.getUsed() > NEARLY_FULL * pool.getMax();
  }
}
