package io.donna.gateway.admin;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Credentials that were wrong, by address: after {@value #MOST} in a minute, an address is not
 * listened to until the minute is over. Bounded; safe from any thread.
 */
final class FailedAttempts {
  static final int MOST = 10;
  private static final int MOST_ADDRESSES = 4_096;
  private static final long WINDOW = Duration.ofMinutes(1).toNanos();

  private record Count(int failures, long end) {}

  private final LongSupplier nanoTime;
  private final Lock lock = new ReentrantLock();
  private final Map<InetAddress, Count> counts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Count> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  FailedAttempts(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How long an address must wait; zero if it need not. */
  Duration waitOf(InetAddress address) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      Count count = counts.get(address);
      return count != null && count.failures >= MOST && count.end - now > 0
          ? Duration.ofNanos(count.end - now)
          : Duration.ZERO;
    } finally {
      lock.unlock();
    }
  }

  void count(InetAddress address) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      Count before = counts.get(address);
      counts.put(
          address,
          before == null || before.end - now <= 0
              ? new Count(1, now + WINDOW)
              : new Count(before.failures + 1, before.end));
    } finally {
      lock.unlock();
    }
  }
}
