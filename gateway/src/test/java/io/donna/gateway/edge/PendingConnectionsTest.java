package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PendingConnectionsTest {
  private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress THERE = InetAddress.ofLiteral("198.51.100.1");

  private final PendingConnections pending = new PendingConnections(2, 1_000);
  private final List<EmbeddedChannel> all = Stream.generate(EmbeddedChannel::new).limit(4).toList();

  private List<Boolean> open() {
    return all.stream().map(EmbeddedChannel::isOpen).toList();
  }

  @Test
  void sendsAwayWhoHasBeenThereLongestOfThoseFromOneAddress() {
    all.forEach(channel -> pending.enter(channel, HERE));

    assertThat(open()).containsExactly(false, false, true, true);
  }

  @Test
  void keepsTheOldestWhileAnotherAddressHasMore() {
    pending.enter(all.get(0), THERE);
    pending.enter(all.get(1), HERE);
    pending.enter(all.get(2), HERE);
    pending.enter(all.get(3), HERE);

    assertThat(open()).containsExactly(true, false, false, true);
  }

  @Test
  void countsAConnectionWithItsClientOnceThatIsNamed() {
    pending.enter(all.get(0), HERE);
    pending.enter(all.get(0), THERE);
    pending.enter(all.get(1), HERE);
    pending.enter(all.get(2), HERE);

    assertThat(open()).containsExactly(true, false, true, true);
  }

  @Test
  void sendsAwayTheOldestOfTheAddressThatHasMostWhenTooMuchHasArrived() {
    pending.enter(all.get(0), THERE);
    pending.setBytes(all.get(0), 400);
    pending.leave(all.get(0));
    pending.enter(all.get(1), HERE);
    pending.setBytes(all.get(1), 600);
    pending.enter(all.get(2), HERE);
    pending.setBytes(all.get(2), 400);
    assertThat(open()).containsOnly(true);

    pending.setBytes(all.get(2), 401);
    assertThat(open()).containsExactly(true, false, true, true);
  }

  @Test
  void countsWhatHasArrivedOnAConnectionThroughTheNamingOfItsClient() {
    pending.enter(all.get(0), HERE);
    pending.setBytes(all.get(0), 600);
    pending.enter(all.get(0), THERE);
    pending.enter(all.get(1), HERE);
    pending.setBytes(all.get(1), 300);
    pending.setBytes(all.get(0), 0);
    pending.setBytes(all.get(1), 1_000);

    assertThat(open()).containsOnly(true);
  }

  @Test
  void sendsTheOnlyOneAwayThatBringsTooMuch() {
    pending.enter(all.get(0), HERE);
    pending.setBytes(all.get(0), 1_001);

    assertThat(open()).containsExactly(false, true, true, true);
  }

  @Test
  void doesNotCountWhoHasLeft() {
    pending.enter(all.get(0), HERE);
    pending.enter(all.get(1), HERE);
    pending.leave(all.get(0));
    pending.enter(all.get(2), HERE);
    assertThat(open()).containsOnly(true);

    pending.enter(all.get(3), HERE);
    assertThat(open()).containsExactly(true, false, true, true);
  }
}
