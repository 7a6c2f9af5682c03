package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.FrameParser.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameWriterTest {
  private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 100_000})
  void writesTextThatItsPeerReads(int length) {
    for (Role role : Role.values()) {
      String text = "x".repeat(length);

      ByteBuf frame = new FrameWriter(role).text(allocator, text);

      assertThat(payload(other(role), frame)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void writesTextOfEveryCodePointLength(Role role) {
    ByteBuf frame = new FrameWriter(role).text(allocator, "aä€🎤");

    assertThat(payload(other(role), frame)).isEqualTo("aä€🎤");
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void writesALoneSurrogateAsSomethingThatIsUtf8(Role role) {
    ByteBuf frame = new FrameWriter(role).text(allocator, "a\ud83db");

    assertThat(payload(other(role), frame)).isEqualTo("a?b");
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void writesCloseFramesThatItsPeerReads(Role role) {
    CloseReason reason = new CloseReason(4001, "Authentication timeout");
    FrameParser parser = new FrameParser(other(role), 10, new Utf8Inspector());

    ByteBuf frame = new FrameWriter(role).close(allocator, reason);

    assertThat(parser.parse(frame)).isEqualTo(Step.FRAME);
    assertThat(parser.closeReason(frame)).isEqualTo(reason);
    assertThat(parser.frameLength()).isEqualTo(frame.readableBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 2000, 5000})
  void writesNoCodeThatMayNotBeSent(int code) {
    ByteBuf frame = new FrameWriter(Role.SERVER).close(allocator, new CloseReason(code, "why"));

    assertThat(ByteBufUtil.getBytes(frame)).containsExactly(0x88, 0);
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void writesPongsWithTheirPayload(Role role) {
    byte[] payload = new byte[125];
    Arrays.fill(payload, (byte) 0xFE);
    FrameParser parser = new FrameParser(other(role), 10, new Utf8Inspector());

    ByteBuf frame = new FrameWriter(role).pong(allocator, payload);

    assertThat(parser.parse(frame)).isEqualTo(Step.FRAME);
    assertThat(parser.opcode()).isEqualTo(Opcode.PONG);
    assertThat(parser.unmaskedPayload(frame)).isEqualTo(payload);
  }

  @Test
  void picksAnotherMaskForEveryFrame() {
    FrameWriter writer = new FrameWriter(Role.CLIENT);
    Set<Integer> masks = new HashSet<>();

    for (int i = 0; i < 100; i++) {
      masks.add(writer.text(allocator, "the same").getInt(2));
    }

    assertThat(masks).hasSizeGreaterThan(95);
  }

  @Test
  void remasksEveryFrameOfAMessageAndKeepsItsContent() {
    byte[] wire =
        RawFrame.join(
            RawFrame.binary(3).unfinished().masked(0x01020304).bytes(),
            RawFrame.continuation(new byte[0]).unfinished().masked(0).bytes(),
            RawFrame.continuation(new byte[300]).unfinished().masked(0xFFFFFFFF).bytes(),
            RawFrame.continuation(new byte[70_001]).masked(0x0A0B0C0D).bytes());
    ByteBuf message = Unpooled.buffer().writeZero(5).writeBytes(wire).writeZero(3);

    ByteBuf copy = new FrameWriter(Role.CLIENT).remask(allocator, message, 5, wire.length);

    assertThat(copy.readableBytes()).isEqualTo(wire.length);
    assertThat(copy.getInt(2)).isNotEqualTo(0x01020304);
    assertThat(Reading.of(Role.SERVER, ByteBufUtil.getBytes(copy)))
        .isEqualTo(Reading.of(Role.SERVER, wire));
    assertThat(ByteBufUtil.getBytes(message, 5, wire.length)).isEqualTo(wire);
  }

  private static Role other(Role role) {
    return role == Role.SERVER ? Role.CLIENT : Role.SERVER;
  }

  private static String payload(Role reader, ByteBuf frame) {
    FrameParser parser = new FrameParser(reader, 1 << 20, new Utf8Inspector());
    assertThat(parser.parse(frame)).isEqualTo(Step.FRAME);
    assertThat(parser.frameLength()).isEqualTo(frame.readableBytes());
    assertThat(parser.isWholeMessage()).isTrue();
    return new String(parser.unmaskedPayload(frame), StandardCharsets.UTF_8);
  }
}
