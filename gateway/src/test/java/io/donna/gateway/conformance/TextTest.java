package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455, 5.6 and 8.1: text is UTF-8, binary is anything. */
class TextTest {
  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  /** Each wrong at its last byte. */
  static Stream<Arguments> invalid() {
    return Stream.of(Side.values())
        .flatMap(side ->
            Stream.of(
                Arguments.of("a continuation byte first", side, "80"),
                Arguments.of("overlong of two bytes", side, "c0"),
                Arguments.of("overlong of three bytes", side, "e09f"),
                Arguments.of("overlong of four bytes", side, "f08f"),
                Arguments.of("a surrogate", side, "eda0"),
                Arguments.of("beyond U+10FFFF", side, "f490"),
                Arguments.of("0xF5", side, "f5"),
                Arguments.of("0xFF behind text", side, "68616c6c6fff"),
                Arguments.of("two bytes, the second a letter", side, "c361"),
                Arguments.of("four bytes, the fourth a letter", side, "f09f8e61")));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("invalid")
  void refusesInvalidTextBeforeTheRestOfItsFrameHasCome(String what, Side side, String hex) {
    byte[] wrong = HexFormat.of().parseHex(hex);
    byte[] whole = Arrays.copyOf(wrong, 1_000);
    byte[] wire = RawFrame.text(whole).towards(side.gateway()).bytes();
    int header = wire.length - whole.length;
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.peer().sendRaw(Arrays.copyOf(wire, header + wrong.length));

      assertThat(call.peer().readClose().closeCode()).isEqualTo(1007);
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("invalid")
  void refusesInvalidTextInFragmentsOfAByteBeforeTheLast(String what, Side side, String hex) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.text("").unfinished());
      for (byte octet : HexFormat.of().parseHex(hex)) {
        call.send(RawFrame.continuation(new byte[] {octet}).unfinished());
      }

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1007);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void refusesTextThatEndsInsideACodePoint(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(
          RawFrame.text("🎤".getBytes(StandardCharsets.UTF_8)),
          RawFrame.text(new byte[] {'a', (byte) 0xF0, (byte) 0x9F}).unfinished(),
          RawFrame.continuation(new byte[] {(byte) 0x8E}));

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1007);
      assertThat(call.other().readText()).isEqualTo("🎤");
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void carriesACodePointThatIsSplitAcrossFramesAndBytes(Side side) throws IOException {
    byte[] microphone = "🎤".getBytes(StandardCharsets.UTF_8);
    RawFrame[] frames = {
      RawFrame.text(Arrays.copyOf(microphone, 1)).unfinished(),
      RawFrame.continuation(Arrays.copyOfRange(microphone, 1, 3)).unfinished(),
      RawFrame.continuation(Arrays.copyOfRange(microphone, 3, 4))
    };
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.sendChopped(RawFrame.join(side.gateway(), frames));

      for (RawFrame frame : frames) {
        assertThat(call.other().readFrame().wire()).isEqualTo(frame.bytes());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void carriesAnythingAsBinary(Side side) throws IOException {
    byte[] noText = HexFormat.of().parseHex("ff00c0afeda080f4908080");
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(2, noText));

      assertThat(call.other().readFrame().payload()).isEqualTo(noText);
    }
  }
}
