package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Property;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LargestNetworkEvictionTest {
  private final LargestNetworkEviction<String> crowd = new LargestNetworkEviction<>();

  private void add(String address, String member) {
    crowd.add(InetAddress.ofLiteral(address), member);
  }

  private List<String> inOrder() {
    return Stream.generate(crowd::removeOldestOfLargest)
        .takeWhile(Optional::isPresent)
        .map(Optional::get)
        .toList();
  }

  @Test
  void takesFromTheLargestNetworkUntilItIsNoLonger() {
    add("192.0.2.1", "honest");
    add("2001:db8:1:1::", "a");
    add("2001:db8:1:2::", "b");
    add("2001:db8:1:100::", "c");
    add("2001:db8:2::", "neighbour");

    assertThat(inOrder()).containsExactly("a", "c", "honest", "neighbour", "b");
  }

  @Test
  void countsAnAddressWithItsNeighbours() {
    add("198.51.100.7", "honest");
    add("203.0.113.1", "a");
    add("203.0.113.2", "b");
    add("203.0.113.2", "c");

    assertThat(inOrder()).containsExactly("b", "a", "honest", "c");
  }

  @Test
  void countsNoIpv4AddressWithAnIpv6Network() {
    add("198.51.100.7", "first");
    add("192.0.2.1", "second");
    add("0:c0:2::", "third"); // the same 24 bits

    assertThat(inOrder()).containsExactly("first", "second", "third");
  }

  @Test
  void forgetsWhoHasLeft() {
    LargestNetworkEviction.Place<String> gone =
        crowd.add(InetAddress.ofLiteral("192.0.2.1"), "gone");
    add("192.0.2.1", "there");
    crowd.remove(gone);
    crowd.remove(gone);

    assertThat(crowd.size()).isEqualTo(1);
    assertThat(inOrder()).containsExactly("there");
  }

  /** What {@link LargestNetworkEviction} must agree with: it walks over everybody, each time. */
  private static final class SlowCrowd {
    private record Member(InetAddress address, int number) {}

    private final List<Member> members = new ArrayList<>();

    /** A network is as wide as its prefix is short: bits of an address that its members share. */
    private static List<Integer> prefixes(InetAddress address) {
      return address instanceof Inet4Address ? List.of(24, 32) : List.of(48, 56, 64);
    }

    private static String network(InetAddress address, int level) {
      int prefix = prefixes(address).get(level);
      StringBuilder bits = new StringBuilder(address.getAddress().length + ":");
      for (int i = 0; i < prefix; i++) {
        bits.append((address.getAddress()[i / 8] >> (7 - i % 8)) & 1);
      }
      return bits.toString();
    }

    /** The sizes of the networks that may be chosen, as which of equal ones is free. */
    boolean mayChoose(int number) {
      List<Member> left = members;
      Member chosen =
          members.stream().filter(member -> member.number == number).findFirst().orElseThrow();
      for (int level = 0; level < prefixes(chosen.address).size(); level++) {
        int depth = level;
        Function<Member, String> network =
            member ->
                depth < prefixes(member.address).size() ? network(member.address, depth) : "none";
        Map<String, List<Member>> networks =
            left.stream()
                .collect(Collectors.groupingBy(network, TreeMap::new, Collectors.toList()));
        List<Member> own = networks.getOrDefault(network.apply(chosen), List.of());
        if (networks.values().stream().anyMatch(other -> other.size() > own.size())) {
          return false;
        }
        left = own;
      }
      return left.stream()
          .min(Comparator.comparingInt(Member::number))
          .orElseThrow()
          .equals(chosen);
    }
  }

  @Test
  void choosesAsOneWouldWhoWalksOverEverybody() {
    Property.holds(300, LargestNetworkEvictionTest::isAsTheSlowOne);
  }

  private static void isAsTheSlowOne(Choices choices) {
    LargestNetworkEviction<Integer> fast = new LargestNetworkEviction<>();
    SlowCrowd slow = new SlowCrowd();
    Map<Integer, LargestNetworkEviction.Place<Integer>> places = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      if (choices.upTo(3) > 0 || slow.members.isEmpty()) {
        InetAddress address =
            choices.yes()
                ? InetAddress.ofLiteral("192.0." + choices.upTo(2) + "." + choices.upTo(2))
                : InetAddress.ofLiteral(
                    "2001:db8:%x:%x%02x::"
                        .formatted(choices.upTo(2), choices.upTo(2), choices.upTo(2)));
        places.put(i, fast.add(address, i));
        slow.members.add(new SlowCrowd.Member(address, i));
      } else if (choices.yes()) {
        int chosen = fast.removeOldestOfLargest().orElseThrow();
        assertThat(slow.mayChoose(chosen)).isTrue();
        slow.members.removeIf(member -> member.number == chosen);
      } else {
        int leaving = slow.members.get(choices.upTo(slow.members.size() - 1)).number;
        fast.remove(Objects.requireNonNull(places.get(leaving)));
        slow.members.removeIf(member -> member.number == leaving);
      }
      assertThat(fast.size()).isEqualTo(slow.members.size());
    }
  }
}
