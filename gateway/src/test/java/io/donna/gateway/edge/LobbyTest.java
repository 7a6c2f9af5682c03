package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LobbyTest {
  private final Lobby lobby = new Lobby(2);
  private final List<EmbeddedChannel> all = Stream.generate(EmbeddedChannel::new).limit(4).toList();

  private List<Boolean> open() {
    return all.stream().map(EmbeddedChannel::isOpen).toList();
  }

  @Test
  void sendsAwayWhoHasBeenThereLongest() {
    all.forEach(lobby::enter);

    assertThat(open()).containsExactly(false, false, true, true);
  }

  @Test
  void doesNotCountWhoHasLeft() {
    lobby.enter(all.get(0));
    lobby.enter(all.get(1));
    lobby.leave(all.get(0));
    lobby.enter(all.get(2));
    assertThat(open()).containsOnly(true);

    lobby.enter(all.get(3));
    assertThat(open()).containsExactly(true, false, true, true);
  }
}
