package io.donna.gateway.edge;

import io.donna.gateway.admission.NetworkEvictionOrder;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are no WebSocket yet. When they become too many, or what has arrived on them
 * takes too much memory, the oldest goes of the network that has most: who means it is through in a
 * moment, and who opens connections to hold them pushes out his own. Confined to an event loop,
 * which has a pending of its own.
 */
final class PendingConnections {
  private static final class Guest {
    private NetworkEvictionOrder.@Nullable Place<Channel> place;
    private long bytes;
  }

  private final int capacity;
  private final long mostBytes;
  private final NetworkEvictionOrder<Channel> waiting = new NetworkEvictionOrder<>();
  private final Map<Channel, Guest> guests = new HashMap<>();
  private long bytes;

  /**
   * An empty one.
   *
   * @param capacity connections
   * @param mostBytes that may have arrived on all of them
   */
  PendingConnections(int capacity, long mostBytes) {
    this.capacity = capacity;
    this.mostBytes = mostBytes;
  }

  /**
   * Lets {@code channel} wait; one that does already is from now on known to come from elsewhere.
   */
  void enter(Channel channel, InetAddress from) {
    Guest guest = guests.computeIfAbsent(channel, arriving -> new Guest());
    leavePlace(guest);
    guest.place = waiting.add(from, channel);
    if (waiting.size() > capacity) {
      sendOneAway();
    }
  }

  /** So much has arrived on {@code channel}, and may still be held; nothing where it has left. */
  void setBytes(Channel channel, long arrived) {
    Guest guest = guests.get(channel);
    if (guest == null) {
      return;
    }
    bytes += arrived - guest.bytes;
    guest.bytes = arrived;
    while (bytes > mostBytes && waiting.size() > 0) {
      sendOneAway();
    }
  }

  private void sendOneAway() {
    Channel longest = waiting.removeOldestOfLargest().orElseThrow();
    forget(longest);
    longest.close();
  }

  void leave(Channel channel) {
    Guest guest = guests.get(channel);
    if (guest != null) {
      leavePlace(guest);
      forget(channel);
    }
  }

  private void forget(Channel channel) {
    Guest gone = guests.remove(channel);
    bytes -= gone == null ? 0 : gone.bytes;
  }

  private void leavePlace(Guest guest) {
    if (guest.place != null) {
      waiting.remove(guest.place);
      guest.place = null;
    }
  }
}
