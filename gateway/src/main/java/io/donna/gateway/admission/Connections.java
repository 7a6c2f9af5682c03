package io.donna.gateway.admission;

import io.donna.gateway.config.ConnectionLimits;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the WebSockets that are there, of each address and in all. Safe from any thread. An
 * address has an entry only while it has a connection, so the table is as small as {@code
 * MAX_CONNECTIONS}.
 */
public final class Connections {
  /** What became of asking for a place. */
  sealed interface Answer {
    record Place(Lease lease) implements Answer {}

    record AddressFull(int current) implements Answer {}

    record GatewayFull() implements Answer {}
  }

  private final ConnectionLimits limits;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  Connections(ConnectionLimits limits) {
    this.limits = limits;
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

  Answer take(InetAddress address) {
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
    if (total.incrementAndGet() > limits.total()) {
      giveBack(address);
      return new Answer.GatewayFull();
    }
    return new Answer.Place(new Lease(() -> giveBack(address)));
  }

  private void giveBack(InetAddress address) {
    total.decrementAndGet();
    byAddress.computeIfPresent(address, (key, count) -> count > 1 ? count - 1 : null);
  }
}
