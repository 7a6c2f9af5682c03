package io.donna.gateway.admission;

import io.donna.gateway.cluster.Claim;
import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.cluster.Places;
import io.donna.gateway.config.ConnectionLimits;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
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
    /**
     * A place on this replica.
     *
     * @param number of places that the address has here, this one included
     */
    record Place(Lease lease, int number) implements Answer {}

    record AddressFull(int current) implements Answer {}

    record GatewayFull() implements Answer {}
  }

  /** The least number of places for newcomers; of a larger limit they may use half. */
  private static final int LEAST_FOR_NEWCOMERS = 64;

  private final Supplier<ConnectionLimits> limits;
  private final int mostNewcomers;
  private final AtomicInteger total = new AtomicInteger();
  private final Places<InetAddress> byAddress;
  private final Newcomers newcomers = new Newcomers();

  Connections(ConnectionLimits limits) {
    this(() -> limits, MemoryCluster.alone());
  }

  /** Limits that may change, read for each connection. */
  Connections(Supplier<ConnectionLimits> limits, Cluster cluster) {
    this.limits = limits;
    this.byAddress = new Places<>(cluster, Gate::owner);
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
    return byAddress.owners();
  }

  int of(InetAddress address) {
    return byAddress.of(address);
  }

  /**
   * Takes a place.
   *
   * @param newcomer whether the client has not authenticated yet
   */
  Answer take(InetAddress address, boolean newcomer) {
    ConnectionLimits now = limits.get();
    int number = byAddress.take(address, now.perAddress());
    if (number == 0) {
      return new Answer.AddressFull(byAddress.of(address));
    }
    if (total.incrementAndGet() > now.total() && !newcomers.evictOne()) {
      giveBack(address);
      return new Answer.GatewayFull();
    }
    if (!newcomer) {
      return new Answer.Place(new Lease(() -> {}, () -> giveBack(address)), number);
    }
    Lease lease = newcomers.enter(address);
    if (newcomers.size() > mostNewcomers) {
      newcomers.evictOne();
    }
    return new Answer.Place(lease, number);
  }

  /** Claims a place that was taken here of the other replicas, together with a request. */
  CompletionStage<ClaimAnswer> claim(InetAddress address, int number, Claim.Rate rate) {
    return byAddress.claim(address, number, allowedPerAddress(), Optional.of(rate));
  }

  private void giveBack(InetAddress address) {
    total.decrementAndGet();
    byAddress.giveBack(address);
  }

  /** The clients that have not authenticated yet. */
  private final class Newcomers {
    private final LargestNetworkEviction<Newcomer> evictionOrder = new LargestNetworkEviction<>();

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
    private LargestNetworkEviction.@Nullable Place<Newcomer> place;

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
