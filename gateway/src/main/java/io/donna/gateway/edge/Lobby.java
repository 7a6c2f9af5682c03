package io.donna.gateway.edge;

import io.donna.gateway.admission.NetworkCrowd;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * The connections that are no WebSocket yet. When they become too many, the oldest goes of the
 * network that has most: who means it is through in a moment, and who opens connections to hold
 * them pushes out his own. Confined to an event loop, which has a lobby of its own.
 */
final class Lobby {
  private final int capacity;
  private final NetworkCrowd<Channel> waiting = new NetworkCrowd<>();
  private final Map<Channel, NetworkCrowd.Place<Channel>> places = new HashMap<>();

  Lobby(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Lets {@code channel} wait; one that does already is from now on known to come from elsewhere.
   */
  void enter(Channel channel, InetAddress from) {
    leave(channel);
    places.put(channel, waiting.add(from, channel));
    if (waiting.size() > capacity) {
      Channel longest = waiting.removeOldestOfLargest().orElseThrow();
      places.remove(longest);
      longest.close();
    }
  }

  void leave(Channel channel) {
    NetworkCrowd.Place<Channel> place = places.remove(channel);
    if (place != null) {
      waiting.remove(place);
    }
  }
}
