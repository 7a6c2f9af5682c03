package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LobbyTest {
  private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress THERE = InetAddress.ofLiteral("198.51.100.1");

  private final Lobby lobby = new Lobby(2, 1_000);
  private final List<EmbeddedChannel> all = Stream.generate(EmbeddedChannel::new).limit(4).toList();

  private List<Boolean> open() {
    return all.stream().map(EmbeddedChannel::isOpen).toList();
  }

  @Test
  void sendsAwayWhoHasBeenThereLongestOfThoseFromOneAddress() {
    all.forEach(channel -> lobby.enter(channel, HERE));

    assertThat(open()).containsExactly(false, false, true, true);
  }

  @Test
  void keepsTheOldestWhileAnotherAddressHasMore() {
    lobby.enter(all.get(0), THERE);
    lobby.enter(all.get(1), HERE);
    lobby.enter(all.get(2), HERE);
    lobby.enter(all.get(3), HERE);

    assertThat(open()).containsExactly(true, false, false, true);
  }

  @Test
  void countsAConnectionWithItsClientOnceThatIsNamed() {
    lobby.enter(all.get(0), HERE);
    lobby.enter(all.get(0), THERE);
    lobby.enter(all.get(1), HERE);
    lobby.enter(all.get(2), HERE);

    assertThat(open()).containsExactly(true, false, true, true);
  }

  @Test
  void sendsAwayTheOldestOfTheAddressThatHasMostWhenTooMuchHasArrived() {
    lobby.enter(all.get(0), THERE);
    lobby.setBytes(all.get(0), 400);
    lobby.leave(all.get(0));
    lobby.enter(all.get(1), HERE);
    lobby.setBytes(all.get(1), 600);
    lobby.enter(all.get(2), HERE);
    lobby.setBytes(all.get(2), 400);
    assertThat(open()).containsOnly(true);

    lobby.setBytes(all.get(2), 401);
    assertThat(open()).containsExactly(true, false, true, true);
  }

  @Test
  void countsWhatHasArrivedOnAConnectionThroughTheNamingOfItsClient() {
    lobby.enter(all.get(0), HERE);
    lobby.setBytes(all.get(0), 600);
    lobby.enter(all.get(0), THERE);
    lobby.enter(all.get(1), HERE);
    lobby.setBytes(all.get(1), 300);
    lobby.setBytes(all.get(0), 0);
    lobby.setBytes(all.get(1), 1_000);

    assertThat(open()).containsOnly(true);
  }

  @Test
  void sendsTheOnlyOneAwayThatBringsTooMuch() {
    lobby.enter(all.get(0), HERE);
    lobby.setBytes(all.get(0), 1_001);

    assertThat(open()).containsExactly(false, true, true, true);
  }

  @Test
  void doesNotCountWhoHasLeft() {
    lobby.enter(all.get(0), HERE);
    lobby.enter(all.get(1), HERE);
    lobby.leave(all.get(0));
    lobby.enter(all.get(2), HERE);
    assertThat(open()).containsOnly(true);

    lobby.enter(all.get(3), HERE);
    assertThat(open()).containsExactly(true, false, true, true);
  }
}
