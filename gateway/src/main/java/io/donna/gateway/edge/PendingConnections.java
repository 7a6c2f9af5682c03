package io.donna.gateway.edge;

import io.donna.gateway.admission.LargestNetworkEviction;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are not WebSockets yet. When they are too many, or their received bytes take
 * too much memory, evicts the oldest connection of the network (an IPv4 /24, an IPv6 /48) with the
 * most of them: an honest client upgrades within moments, and an attacker who holds connections
 * open displaces his own. Confined to one event loop, each of which has its own instance.
 */
public final class PendingConnections {
  private static final class Entry {
    private LargestNetworkEviction.@Nullable Place<Channel> place;
    private long bytes;
  }

  private final int capacity;
  private final long mostBytes;
  private final LargestNetworkEviction<Channel> waiting = new LargestNetworkEviction<>();
  private final Map<Channel, Entry> entries = new HashMap<>();
  private long bytes;

  /**
   * Without connections.
   *
   * @param capacity the most connections
   * @param mostBytes the most bytes received on all of them together
   */
  public PendingConnections(int capacity, long mostBytes) {
    this.capacity = capacity;
    this.mostBytes = mostBytes;
  }

  /** Adds {@code channel}; if it is already known, changes the address that it comes from. */
  public void enter(Channel channel, InetAddress from) {
    Entry entry = entries.computeIfAbsent(channel, arriving -> new Entry());
    leavePlace(entry);
    entry.place = waiting.add(from, channel);
    if (waiting.size() > capacity) {
      evictOne();
    }
  }

  /** Sets the bytes received on {@code channel} and possibly held; does nothing if it has left. */
  void setBytes(Channel channel, long arrived) {
    Entry entry = entries.get(channel);
    if (entry == null) {
      return;
    }
    bytes += arrived - entry.bytes;
    entry.bytes = arrived;
    while (bytes > mostBytes && waiting.size() > 0) {
      evictOne();
    }
  }

  private void evictOne() {
    Channel longest = waiting.removeOldestOfLargest().orElseThrow();
    forget(longest);
    longest.close();
  }

  public void leave(Channel channel) {
    Entry entry = entries.get(channel);
    if (entry != null) {
      leavePlace(entry);
      forget(channel);
    }
  }

  private void forget(Channel channel) {
    Entry removed = entries.remove(channel);
    bytes -= removed == null ? 0 : removed.bytes;
  }

  private void leavePlace(Entry entry) {
    if (entry.place != null) {
      waiting.remove(entry.place);
      entry.place = null;
    }
  }
}
