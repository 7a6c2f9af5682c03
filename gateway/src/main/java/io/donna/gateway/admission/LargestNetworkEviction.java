package io.donna.gateway.admission;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which member to evict, by network: an IPv6 address belongs to its /48, /56 and /64, an
 * IPv4 address to its /24. The owner of a network owns all of its addresses, so the oldest member
 * of the network with the most members is evicted: of the largest /48, in it the largest /56, in
 * that the largest /64. Each call takes constant time. To be used by one thread at a time.
 */
public final class LargestNetworkEviction<M> {
  /** The position of a member; needed to remove it. */
  public static final class Place<M> {
    private final M member;
    private @Nullable Network<M> network;

    private Place(M member, Network<M> network) {
      this.member = member;
      this.network = network;
    }
  }

  private static final int PREFIX_48 = Long.SIZE - 48;
  private static final int PREFIX_56 = Long.SIZE - 56;
  private static final int PREFIX_24 = Integer.SIZE - 24;

  private final Network<M> all = new Network<>(null, 0);

  public int size() {
    return all.size;
  }

  /** Adds a member with the address {@code address}. */
  public Place<M> add(InetAddress address, M member) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    Network<M> home;
    if (address instanceof Inet4Address) {
      long host = Integer.toUnsignedLong(octets.getInt());
      home = all.child(~(host >> PREFIX_24)).child(host); // ~: never the key of an IPv6 network
    } else {
      long network = octets.getLong();
      home = all.child(network >>> PREFIX_48).child(network >>> PREFIX_56).child(network);
    }
    Place<M> place = new Place<>(member, home);
    home.places.add(place);
    home.grow(1);
    return place;
  }

  /** Removes a member; repeated calls have no effect. */
  public void remove(Place<M> place) {
    Network<M> home = place.network;
    if (home != null) {
      place.network = null;
      home.places.remove(place);
      home.grow(-1);
    }
  }

  /** Removes the oldest member of the network with the most members; empty if there is none. */
  public Optional<M> removeOldestOfLargest() {
    if (all.size == 0) {
      return Optional.empty();
    }
    Network<M> network = all;
    while (network.largest > 0) {
      network = network.largestChild();
    }
    Place<M> oldest = network.places.getFirst();
    remove(oldest);
    return Optional.of(oldest.member);
  }

  /** A network with its narrower networks, or for the narrowest its members. */
  private static final class Network<M> {
    private final @Nullable Network<M> wider;
    private final long key;
    private final Map<Long, Network<M>> narrower = new HashMap<>(2);

    /** The narrower networks by their number of members. */
    private final Map<Integer, SequencedSet<Network<M>>> bySize = new HashMap<>(2);

    /** The number of members of the largest narrower network. */
    private int largest;

    private final SequencedSet<Place<M>> places = new LinkedHashSet<>(2);
    private int size;

    Network(@Nullable Network<M> wider, long key) {
      this.wider = wider;
      this.key = key;
    }

    Network<M> child(long childKey) {
      return narrower.computeIfAbsent(childKey, made -> new Network<>(this, made));
    }

    Network<M> largestChild() {
      return Objects.requireNonNull(bySize.get(largest)).getFirst();
    }

    /** Adds {@code by} (1 or -1) to the size of this and every wider network. */
    void grow(int by) {
      for (Network<M> network = this; network != null; network = network.wider) {
        network.size += by;
        if (network.wider != null) {
          network.wider.sort(network, network.size - by);
        }
      }
    }

    /** Updates the order after the size of {@code child} changed by one from {@code before}. */
    private void sort(Network<M> child, int before) {
      SequencedSet<Network<M>> alike = bySize.get(before);
      if (alike != null) {
        alike.remove(child);
        if (alike.isEmpty()) {
          bySize.remove(before);
        }
      }
      if (child.size == 0) {
        narrower.remove(child.key);
      } else {
        bySize.computeIfAbsent(child.size, size -> new LinkedHashSet<>(2)).add(child);
      }
      boolean wasTheLargest = before == largest && !bySize.containsKey(before);
      largest = wasTheLargest ? child.size : Math.max(largest, child.size);
    }
  }
}
