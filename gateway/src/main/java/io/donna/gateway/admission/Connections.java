package io.donna.gateway.admission;

import io.donna.gateway.config.ConnectionLimits;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts open WebSockets, per address and in total. Safe from any thread. An address has an entry
 * only while it has a connection, so {@code MAX_CONNECTIONS} bounds the table.
 *
 * <p>Places are for authenticated clients; a client that has not authenticated yet is a newcomer.
 * Newcomers may use a share of all places; when the share or the gateway is full, the oldest
 * newcomer of the network with the most newcomers is evicted.
 */
public final class Connections {
  /** The result of taking a place. */
  sealed interface Answer {
    record Place(Lease lease) implements Answer {}

    record AddressFull(int current) implements Answer {}

    record GatewayFull() implements Answer {}
  }

  /** The least number of places for newcomers; of a larger limit they may use half. */
  private static final int LEAST_FOR_NEWCOMERS = 64;

  private final Supplier<ConnectionLimits> limits;
  private final int mostNewcomers;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
  private final Newcomers newcomers = new Newcomers();

  Connections(ConnectionLimits limits) {
    this(() -> limits);
  }

  /** Limits that may change, read for each connection. */
  Connections(Supplier<ConnectionLimits> limits) {
    this.limits = limits;
    this.mostNewcomers = Math.max(LEAST_FOR_NEWCOMERS, limits.get().total() / 2);
  }

  /** The number of open WebSockets. */
  public int total() {
    return total.get();
  }

  int allowedPerAddress() {
    return limits.get().perAddress();
  }

  /** The number of addresses with a connection. */
  int addresses() {
    return byAddress.size();
  }

  int of(InetAddress address) {
    return byAddress.getOrDefault(address, 0);
  }

  /**
   * Takes a place.
   *
   * @param newcomer whether the client has not authenticated yet
   */
  Answer take(InetAddress address, boolean newcomer) {
    ConnectionLimits now = limits.get();
    int[] before = new int[1];
    byAddress.compute(
        address,
        (key, count) -> {
          before[0] = count == null ? 0 : count;
          return before[0] < now.perAddress() ? before[0] + 1 : before[0];
        });
    if (before[0] >= now.perAddress()) {
      return new Answer.AddressFull(before[0]);
    }
    if (total.incrementAndGet() > now.total() && !newcomers.evictOne()) {
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

  /** The clients that have not authenticated yet. */
  private final class Newcomers {
    private final NetworkEvictionOrder<Newcomer> evictionOrder = new NetworkEvictionOrder<>();

    synchronized int size() {
      return evictionOrder.size();
    }

    synchronized Lease enter(InetAddress address) {
      Newcomer newcomer = new Newcomer(address);
      newcomer.place = evictionOrder.add(address, newcomer);
      return newcomer.lease;
    }

    synchronized void leave(Newcomer newcomer) {
      if (newcomer.place != null) {
        evictionOrder.remove(newcomer.place);
      }
    }

    private synchronized Optional<Newcomer> takeOne() {
      return evictionOrder.removeOldestOfLargest();
    }

    /** Evicts one newcomer; false if there is none. */
    boolean evictOne() {
      Optional<Newcomer> evicted = takeOne(); // run its eviction outside the lock
      evicted.ifPresent(newcomer -> newcomer.lease.evict());
      return evicted.isPresent();
    }
  }

  /** A client until it has authenticated or left. */
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
