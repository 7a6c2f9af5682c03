package io.donna.gateway.admission;

import io.donna.gateway.config.ConnectionLimits;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the WebSockets that are there, of each address and in all. Safe from any thread. An
 * address has an entry only while it has a connection, so the table is as small as {@code
 * MAX_CONNECTIONS}.
 *
 * <p>Places are for those who authenticate: who has still to do so is a newcomer. Newcomers have a
 * share of all places, and where it or the gateway is full, the oldest newcomer goes of the network
 * that has most.
 */
public final class Connections {
  /** What became of asking for a place. */
  sealed interface Answer {
    record Place(Lease lease) implements Answer {}

    record AddressFull(int current) implements Answer {}

    record GatewayFull() implements Answer {}
  }

  /** Newcomers may have so many places, and where there are more, half of them. */
  private static final int LEAST_FOR_NEWCOMERS = 64;

  private final ConnectionLimits limits;
  private final int mostNewcomers;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
  private final Newcomers newcomers = new Newcomers();

  Connections(ConnectionLimits limits) {
    this.limits = limits;
    this.mostNewcomers = Math.max(LEAST_FOR_NEWCOMERS, limits.total() / 2);
  }

  /** All WebSockets there are now. */
  public int total() {
    return total.get();
  }

  int allowedPerAddress() {
    return limits.perAddress();
  }

  int of(InetAddress address) {
    return byAddress.getOrDefault(address, 0);
  }

  /**
   * Asks for a place.
   *
   * @param newcomer whether its holder has still to authenticate
   */
  Answer take(InetAddress address, boolean newcomer) {
    int[] before = new int[1];
    byAddress.compute(
        address,
        (key, count) -> {
          before[0] = count == null ? 0 : count;
          return before[0] < limits.perAddress() ? before[0] + 1 : before[0];
        });
    if (before[0] >= limits.perAddress()) {
      return new Answer.AddressFull(before[0]);
    }
    if (total.incrementAndGet() > limits.total() && !newcomers.evictOne()) {
      giveBack(address);
      return new Answer.GatewayFull();
    }
    if (!newcomer) {
      return new Answer.Place(new Lease(() -> {}, () -> giveBack(address)));
    }
    Lease lease = newcomers.enter(address);
    if (newcomers.size() > mostNewcomers) {
      newcomers.evictOne();
    }
    return new Answer.Place(lease);
  }

  private void giveBack(InetAddress address) {
    total.decrementAndGet();
    byAddress.computeIfPresent(address, (key, count) -> count > 1 ? count - 1 : null);
  }

  /** Those who have not authenticated yet. */
  private final class Newcomers {
    private final NetworkEvictionOrder<Newcomer> crowd = new NetworkEvictionOrder<>();

    synchronized int size() {
      return crowd.size();
    }

    synchronized Lease enter(InetAddress address) {
      Newcomer newcomer = new Newcomer(address);
      newcomer.place = crowd.add(address, newcomer);
      return newcomer.lease;
    }

    synchronized void leave(Newcomer newcomer) {
      if (newcomer.place != null) {
        crowd.remove(newcomer.place);
      }
    }

    private synchronized Optional<Newcomer> takeOne() {
      return crowd.removeOldestOfLargest();
    }

    /** Makes room for another; false where there is no newcomer. */
    boolean evictOne() {
      Optional<Newcomer> evicted = takeOne(); // and outside the lock what its end leads to
      evicted.ifPresent(newcomer -> newcomer.lease.evict());
      return evicted.isPresent();
    }
  }

  /** Is one until it has authenticated or is gone. */
  private final class Newcomer {
    private final Lease lease;
    private NetworkEvictionOrder.@Nullable Place<Newcomer> place;

    Newcomer(InetAddress address) {
      this.lease =
          new Lease(
              () -> newcomers.leave(this),
              () -> {
                newcomers.leave(this);
                giveBack(address);
              });
    }
  }
}
