package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloseReasonTest {
  static Stream<Arguments> reasons() {
    return Stream.of(
        Arguments.of("", ""),
        Arguments.of("x".repeat(123), "x".repeat(123)),
        Arguments.of("x".repeat(124), "x".repeat(123)),
        Arguments.of("x".repeat(122) + "ä", "x".repeat(122)),
        Arguments.of("x".repeat(121) + "ä", "x".repeat(121) + "ä"),
        Arguments.of("x".repeat(121) + "€", "x".repeat(121)),
        Arguments.of("x".repeat(120) + "🎤", "x".repeat(120)),
        Arguments.of("x".repeat(119) + "🎤z", "x".repeat(119) + "🎤"),
        Arguments.of("🎤".repeat(1000), "🎤".repeat(30)));
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void cutsAReasonAtACodePointWithin123Bytes(String given, String kept) {
    CloseReason reason = new CloseReason(1000, given);

    assertThat(reason.text()).isEqualTo(kept);
    assertThat(reason.payloadLength()).isLessThanOrEqualTo(125);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bye", "ä€🎤", "a lone \ud83d surrogate", "a\0b"})
  void writesAsManyBytesAsItSays(String text) {
    CloseReason reason = new CloseReason(1001, text);
    ByteBuf out = Unpooled.buffer();

    reason.writeTo(out);

    assertThat(out.readableBytes()).isEqualTo(reason.payloadLength());
    assertThat(out.readUnsignedShort()).isEqualTo(1001);
    assertThat(ByteBufUtil.getBytes(out)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void writesNothingForALostConnection() {
    ByteBuf out = Unpooled.buffer();

    CloseReason.lost().writeTo(out);

    assertThat(CloseReason.lost().isSendable()).isFalse();
    assertThat(CloseReason.lost().payloadLength()).isZero();
    assertThat(out.readableBytes()).isZero();
  }
}
