package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Choices;
import java.util.List;

/** Fuzz target: of any bytes, cut anywhere, a leg hears what the RFC's own words make of them. */
public final class FramesFuzz {
  private FramesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Choices choices = new Choices(input);
    Role role = choices.of(List.of(Role.SERVER, Role.CLIENT));
    int limit = choices.of(List.of(1 << 20, 200, 1, 126, 65_536, 0));
    int cut = choices.number();
    byte[] wire = choices.rest();
    byte[] cuts = {(byte) (cut >> 24), (byte) (cut >> 16), (byte) (cut >> 8), (byte) cut};

    SlowReader.Outcome heard = LegReading.of(role, limit, Pieces.of(wire, new Choices(cuts)));

    SlowReader.Outcome right = SlowReader.read(role, limit, wire);
    assertThat(heard.messages()).isEqualTo(right.messages());
    assertThat(heard.pings()).isEqualTo(right.pings());
    assertThat(heard.ending()).isEqualTo(right.ending());
  }
}
