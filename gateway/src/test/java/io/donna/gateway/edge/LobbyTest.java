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

  private final Lobby lobby = new Lobby(2);
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
