package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Property;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of a leg whatever its peer says, in whichever frames, however they are cut. */
class LegPropertyTest {
  @ParameterizedTest
  @EnumSource(Role.class)
  void hearsWhatALegalPeerSaysHoweverItIsFramedAndCut(Role role) {
    Property.holds(
        400,
        choices -> {
          Talk talk = Talk.legal(role, choices);

          assertThat(LegReading.of(role, Talk.LIMIT, Pieces.of(talk.wire(), choices)))
              .isEqualTo(talk.heard());
        });
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void endsWithTheRightCodeWhicheverRuleIsBrokenWherever(Role role) {
    Property.holds(
        800,
        choices -> {
          Talk talk = Talk.broken(role, choices);

          assertThat(LegReading.of(role, Talk.LIMIT, Pieces.of(talk.wire(), choices)))
              .isEqualTo(talk.heard());
        });
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void theSlowReaderHearsTheSame(Role role) {
    Property.holds(
        200,
        choices -> {
          Talk talk = choices.yes() ? Talk.legal(role, choices) : Talk.broken(role, choices);

          SlowReader.Outcome heard = SlowReader.read(role, Talk.LIMIT, talk.wire());

          assertThat(heard.messages()).isEqualTo(talk.heard().messages());
          assertThat(heard.pings()).isEqualTo(talk.heard().pings());
          assertThat(heard.ending()).isEqualTo(talk.heard().ending());
        });
  }

  @Test
  void aFreshMaskChangesNoMessage() {
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    Property.holds(
        200,
        choices -> {
          byte[] wire = Talk.legal(Role.SERVER, choices).wire();
          ByteBuf before = Unpooled.wrappedBuffer(wire);

          ByteBuf after = new FrameWriter(Role.CLIENT).remask(allocator, before, 0, wire.length);

          assertThat(payloads(ByteBufUtil.getBytes(after))).isEqualTo(payloads(wire));
          after.release();
        });
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private static List<String> payloads(byte[] wire) {
    return SlowReader.read(Role.SERVER, Talk.LIMIT, wire).messages().stream()
        .map(message -> message.substring(0, message.indexOf(" in ")))
        .toList();
  }
}
