package io.donna.gateway.edge;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The connections that are no WebSocket yet. When they become too many, the one goes that has been
 * here longest: who means it is through in a moment, and who opens connections to hold them pushes
 * out his own. Confined to an event loop, which has a lobby of its own.
 */
final class Lobby {
  private final int capacity;
  private final Set<Channel> waiting = new LinkedHashSet<>();

  Lobby(int capacity) {
    this.capacity = capacity;
  }

  void enter(Channel channel) {
    waiting.add(channel);
    if (waiting.size() > capacity) {
      Iterator<Channel> all = waiting.iterator();
      Channel longest = all.next();
      all.remove();
      longest.close();
    }
  }

  void leave(Channel channel) {
    waiting.remove(channel);
  }
}
