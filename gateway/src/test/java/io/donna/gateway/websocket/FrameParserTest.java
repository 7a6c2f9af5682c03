package io.donna.gateway.websocket;

import static io.donna.gateway.websocket.CloseReason.INVALID_DATA;
import static io.donna.gateway.websocket.CloseReason.PROTOCOL_ERROR;
import static io.donna.gateway.websocket.CloseReason.TOO_BIG;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.FrameParser.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameParserTest {
  private static final byte[] NOTHING = new byte[0];

  static Stream<Arguments> lengths() {
    return Stream.of(Role.values())
        .flatMap(role ->
            IntStream.of(0, 1, 7, 8, 125, 126, 127, 65_535, 65_536)
                .mapToObj(length -> Arguments.of(role, length)));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void readsPayloadsOfEveryLengthForm(Role role, int length) {
    RawFrame frame = RawFrame.binary(length).towards(role);

    Reading reading = Reading.of(role, frame.bytes());

    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) (i * 31 + 7);
    }
    assertThat(reading.violation()).isEmpty();
    assertThat(reading.frames())
        .containsExactly(
            new Reading.Frame(Opcode.BINARY, true, false, HexFormat.of().formatHex(payload)));
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void readsFramesThatComeTogether(Role role) {
    byte[] wire =
        RawFrame.join(
            role,
            RawFrame.text("eins"),
            RawFrame.ping(""),
            RawFrame.binary(300),
            RawFrame.text(""),
            RawFrame.text("zwei"));

    Reading reading = Reading.of(role, wire);

    assertThat(reading.opcodes())
        .containsExactly(Opcode.TEXT, Opcode.PING, Opcode.BINARY, Opcode.TEXT, Opcode.TEXT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x00000000, 0xFFFFFFFF, 0x80000000, 0x000000FF, 0x12345678, 0xC3A4C3A4})
  void takesOffAnyMask(int mask) {
    Reading reading =
        Reading.of(Role.SERVER, RawFrame.text("héllo, wörld €, 🎤").masked(mask).bytes());

    assertThat(reading.frames()).hasSize(1);
    assertThat(text(reading.frames().getFirst())).isEqualTo("héllo, wörld €, 🎤");
  }

  @Test
  void readsAMessageOfExactlyTheLimit() {
    Reading reading =
        Reading.of(Role.SERVER, 1000, RawFrame.binary(1000).towards(Role.SERVER).bytes());

    assertThat(reading.code()).isZero();
    assertThat(reading.frames()).hasSize(1);
  }

  static Stream<Arguments> lengthsTooBig() {
    return Stream.of(
        Arguments.of(1001L, TOO_BIG),
        Arguments.of(65_536L, TOO_BIG),
        Arguments.of(0x7FFF_FFFFL, TOO_BIG),
        Arguments.of(0x8000_0000L, TOO_BIG),
        Arguments.of(0xFFFF_FFFFL, TOO_BIG),
        Arguments.of(0x1_0000_0000L, TOO_BIG), // 0 as an int
        Arguments.of(0x1_0000_0001L, TOO_BIG),
        Arguments.of(Long.MAX_VALUE, TOO_BIG),
        Arguments.of(Long.MIN_VALUE, PROTOCOL_ERROR), // RFC 6455, 5.2: the highest bit is 0
        Arguments.of(Long.MIN_VALUE + 1, PROTOCOL_ERROR),
        Arguments.of(-1L, PROTOCOL_ERROR));
  }

  @ParameterizedTest
  @MethodSource("lengthsTooBig")
  void refusesALengthFromTheHeaderAlone(long length, int code) {
    for (Role role : Role.values()) {
      RawFrame frame = RawFrame.of(Opcode.BINARY, NOTHING).towards(role);
      byte[] header =
          (length <= 0xFFFF && length > 0)
              ? declaringShort(frame, (int) length)
              : frame.declaring(length).bytes();

      Reading reading = Reading.of(role, 1000, header);

      assertThat(reading.code()).isEqualTo(code);
      assertThat(reading.offered()).isLessThanOrEqualTo(10);
    }
  }

  private static byte[] declaringShort(RawFrame frame, int length) {
    return frame.declaring(length).lengthIn(2).bytes();
  }

  static Stream<Arguments> lengthsThatOverflowTheSum() {
    return Stream.of(
        Arguments.of(1, Long.MAX_VALUE), // -1 as an int
        Arguments.of(13, Long.MAX_VALUE - 12), // a frame of one byte
        Arguments.of(14, Long.MAX_VALUE - 13), // a frame of no byte at all
        Arguments.of(100, Long.MAX_VALUE - 99), // a frame that ends before it begins
        Arguments.of(100, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @MethodSource("lengthsThatOverflowTheSum")
  void refusesAContinuationWhoseLengthOverflowsTheSum(int begun, long length) {
    for (Role role : Role.values()) {
      byte[] wire =
          RawFrame.join(
              role,
              RawFrame.binary(begun).unfinished(),
              RawFrame.continuation(NOTHING).declaring(length));

      Reading reading = Reading.of(role, 1000, wire);

      assertThat(reading.code()).isEqualTo(TOO_BIG);
      assertThat(reading.frames()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,2", "1,2", "125,2", "0,8", "125,8", "126,8", "65535,8"})
  void refusesLengthsThatAreNotInTheirShortestForm(int length, int lengthBytes) {
    for (Role role : Role.values()) {
      byte[] wire = RawFrame.binary(length).towards(role).lengthIn(lengthBytes).bytes();

      Reading reading = Reading.of(role, wire);

      assertThat(reading.code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(reading.offered()).isEqualTo(2 + lengthBytes);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x40, 0x20, 0x10, 0x60, 0x50, 0x30, 0x70})
  void refusesReservedBits(int bits) {
    for (Role role : Role.values()) {
      for (int opcode : new int[] {Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.CLOSE}) {
        byte[] wire = RawFrame.of(opcode, NOTHING).reserved(bits).towards(role).bytes();

        Reading reading = Reading.of(role, wire);

        assertThat(reading.code()).isEqualTo(PROTOCOL_ERROR);
        assertThat(reading.offered()).isEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF})
  void refusesReservedOpcodes(int opcode) {
    for (Role role : Role.values()) {
      Reading alone = Reading.of(role, RawFrame.of(opcode, NOTHING).towards(role).bytes());
      Reading inside =
          Reading.of(
              role,
              RawFrame.join(
                  role, RawFrame.text("a").unfinished(), RawFrame.of(opcode, new byte[] {'b'})));

      assertThat(alone.code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(inside.code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(inside.frames()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE, Opcode.PING, Opcode.PONG})
  void refusesFramesOfTheWrongMasking(int opcode) {
    Reading unmaskedClient = Reading.of(Role.SERVER, RawFrame.of(opcode, NOTHING).bytes());
    Reading maskedServer = Reading.of(Role.CLIENT, RawFrame.of(opcode, NOTHING).masked(1).bytes());

    assertThat(unmaskedClient.code()).isEqualTo(PROTOCOL_ERROR);
    assertThat(unmaskedClient.offered()).isEqualTo(2);
    assertThat(maskedServer.code()).isEqualTo(PROTOCOL_ERROR);
    assertThat(maskedServer.offered()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {Opcode.CLOSE, Opcode.PING, Opcode.PONG})
  void refusesControlFramesThatAreFragmentedOrLong(int opcode) {
    for (Role role : Role.values()) {
      byte[] fragmented = RawFrame.of(opcode, NOTHING).unfinished().towards(role).bytes();
      byte[] long126 = RawFrame.of(opcode, new byte[126]).towards(role).bytes();
      byte[] long65536 = RawFrame.of(opcode, new byte[65_536]).towards(role).bytes();

      assertThat(Reading.of(role, fragmented).code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(Reading.of(role, long126).code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(Reading.of(role, long126).offered()).isEqualTo(2);
      assertThat(Reading.of(role, long65536).offered()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Opcode.PING, Opcode.PONG})
  void readsControlFramesOf125BytesHoweverSmallMessagesMustBe(int opcode) {
    byte[] wire = RawFrame.of(opcode, new byte[125]).towards(Role.SERVER).bytes();

    assertThat(Reading.of(Role.SERVER, 10, wire).frames()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void readsControlFramesAmongFragmentsEvenInsideACodePoint(Role role) {
    byte[] microphone = "🎤".getBytes(StandardCharsets.UTF_8);
    byte[] wire =
        RawFrame.join(
            role,
            RawFrame.text(Arrays.copyOf(microphone, 1)).unfinished(),
            RawFrame.of(Opcode.PING, new byte[] {(byte) 0xFF, (byte) 0xFE}),
            RawFrame.continuation(new byte[] {microphone[1]}).unfinished(),
            RawFrame.of(Opcode.PONG, new byte[] {(byte) 0xC0}),
            RawFrame.continuation(NOTHING).unfinished(),
            RawFrame.continuation(Arrays.copyOfRange(microphone, 2, 4)),
            RawFrame.text("more"));

    Reading reading = Reading.of(role, wire);

    assertThat(reading.violation()).isEmpty();
    assertThat(reading.opcodes())
        .containsExactly(
            Opcode.TEXT,
            Opcode.PING,
            Opcode.CONTINUATION,
            Opcode.PONG,
            Opcode.CONTINUATION,
            Opcode.CONTINUATION,
            Opcode.TEXT);
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void refusesAContinuationOfNothing(Role role) {
    byte[] first = RawFrame.continuation("a").towards(role).bytes();
    byte[] afterAMessage = RawFrame.join(role, RawFrame.text("a"), RawFrame.continuation("b"));
    byte[] afterFragments =
        RawFrame.join(
            role,
            RawFrame.text("a").unfinished(),
            RawFrame.continuation("b"),
            RawFrame.continuation("c"));
    byte[] afterAPing = RawFrame.join(role, RawFrame.ping("a"), RawFrame.continuation("b"));

    for (byte[] wire : List.of(first, afterAMessage, afterFragments, afterAPing)) {
      assertThat(Reading.of(role, wire).code()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,2", "2,1", "2,2"})
  void refusesANewMessageInsideAFragmentedOne(int begun, int opcode) {
    for (Role role : Role.values()) {
      byte[] wire =
          RawFrame.join(
              role,
              RawFrame.of(begun, new byte[] {'a'}).unfinished(),
              RawFrame.ping("b"),
              RawFrame.of(opcode, new byte[] {'c'}));

      Reading reading = Reading.of(role, wire);

      assertThat(reading.code()).isEqualTo(PROTOCOL_ERROR);
      assertThat(reading.frames()).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void addsUpTheFragmentsOfAMessage(Role role) {
    byte[] within =
        RawFrame.join(
            role,
            RawFrame.binary(400).unfinished(),
            RawFrame.continuation(new byte[599]).unfinished(),
            RawFrame.continuation(new byte[1]),
            RawFrame.binary(1000));
    byte[] above =
        RawFrame.join(
            role,
            RawFrame.binary(400).unfinished(),
            RawFrame.continuation(new byte[600]).unfinished(),
            RawFrame.ping("a control frame does not count"),
            RawFrame.continuation(new byte[1]));

    Reading exactly = Reading.of(role, 1000, within);
    Reading tooBig = Reading.of(role, 1000, above);

    assertThat(exactly.violation()).isEmpty();
    assertThat(exactly.frames()).hasSize(4);
    assertThat(tooBig.code()).isEqualTo(TOO_BIG);
    assertThat(tooBig.frames()).hasSize(3);
  }

  @Test
  void readsAnEmptyCloseFrame() {
    ByteBuf in = Unpooled.wrappedBuffer(RawFrame.close().bytes());
    FrameParser parser = new FrameParser(Role.CLIENT, 100, new Utf8Inspector());

    Step step = parser.parse(in);

    assertThat(step).isEqualTo(Step.FRAME);
    assertThat(parser.closeReason(in)).isEqualTo(new CloseReason(1005, ""));
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void refusesACloseFrameOfOneByte(Role role) {
    byte[] wire = RawFrame.of(Opcode.CLOSE, new byte[] {3}).towards(role).bytes();

    assertThat(Reading.of(role, wire).code()).isEqualTo(PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 5001, 32_768,
        65_535
      })
  void refusesCloseCodesThatMayNotBeSent(int code) {
    for (Role role : Role.values()) {
      byte[] wire = RawFrame.close(code, "").towards(role).bytes();

      assertThat(Reading.of(role, wire).code()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4003, 4999
      })
  void readsCloseCodesThatMayBeSent(int code) {
    byte[] wire = RawFrame.close(code, "auf Wiederhören").masked(0xA1B2C3D4).bytes();
    ByteBuf in = Unpooled.wrappedBuffer(wire);
    FrameParser parser = new FrameParser(Role.SERVER, 100, new Utf8Inspector());

    Step step = parser.parse(in);

    assertThat(step).isEqualTo(Step.FRAME);
    assertThat(parser.closeReason(in)).isEqualTo(new CloseReason(code, "auf Wiederhören"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "c0af", "eda080", "f4908080", "61e282", "80"})
  void refusesACloseReasonThatIsNotUtf8(String reason) {
    for (Role role : Role.values()) {
      byte[] wire = RawFrame.close(1000, HexFormat.of().parseHex(reason)).towards(role).bytes();

      assertThat(Reading.of(role, wire).code()).isEqualTo(INVALID_DATA);
    }
  }

  @Test
  void readsACloseReasonOf123Bytes() {
    byte[] wire = RawFrame.close(1000, "x".repeat(123)).bytes();

    assertThat(Reading.of(Role.CLIENT, wire).opcodes()).containsExactly(Opcode.CLOSE);
  }

  /** Each with the index of the byte that settles it; behind all bytes where the end does. */
  static Stream<Arguments> invalidText() {
    return Stream.of(
        Arguments.of("a continuation byte first", "80", 0),
        Arguments.of("0xC0", "61c0af", 1),
        Arguments.of("0xC1", "c181", 0),
        Arguments.of("overlong of three bytes", "e09fbf", 1),
        Arguments.of("overlong of four bytes", "f08fbfbf", 1),
        Arguments.of("the lowest surrogate", "eda080", 1),
        Arguments.of("the highest surrogate", "edbfbf", 1),
        Arguments.of("a pair of surrogates", "eda0bdedb88d", 1),
        Arguments.of("beyond U+10FFFF", "f4908080", 1),
        Arguments.of("0xF5", "f5808080", 0),
        Arguments.of("0xFE", "61626364656667fe", 7),
        Arguments.of("0xFF behind eight letters", "6162636465666768ff", 8),
        Arguments.of("two bytes, the second a letter", "c361", 1),
        Arguments.of("three bytes, the third a letter", "e28261", 2),
        Arguments.of("four bytes, the fourth a letter", "f09f8e61", 3),
        Arguments.of("four bytes, the second a start", "f0f0", 1),
        Arguments.of("ends after the first of two", "c3", 1),
        Arguments.of("ends after the second of three", "61e282", 3),
        Arguments.of("ends after the third of four", "f09f8e", 3),
        Arguments.of("one continuation too many", "c3a4a4", 2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidText")
  void refusesInvalidTextAtTheFirstByteThatSettlesIt(String why, String hex, int settledBy) {
    byte[] payload = HexFormat.of().parseHex(hex);
    for (int mask : new int[] {0, 0x9A3C5EF0, 0xFFFFFFFF}) {
      Reading reading = Reading.of(Role.SERVER, RawFrame.text(payload).masked(mask).bytes());

      assertThat(reading.code()).isEqualTo(INVALID_DATA);
      assertThat(reading.offered()).isEqualTo(6 + Math.min(settledBy + 1, payload.length));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidText")
  void refusesInvalidTextInFragmentsOfOneByte(String why, String hex, int settledBy) {
    byte[] payload = HexFormat.of().parseHex(hex);
    RawFrame[] fragments = new RawFrame[payload.length + 1];
    fragments[0] = RawFrame.text(NOTHING).unfinished();
    for (int i = 0; i < payload.length; i++) {
      RawFrame fragment = RawFrame.continuation(new byte[] {payload[i]});
      fragments[i + 1] = i == payload.length - 1 ? fragment : fragment.unfinished();
    }

    Reading reading = Reading.of(Role.CLIENT, RawFrame.join(Role.CLIENT, fragments));

    assertThat(reading.code()).isEqualTo(INVALID_DATA);
    assertThat(reading.frames()).hasSize(Math.min(settledBy + 1, payload.length));
  }

  @Test
  void refusesInvalidTextBeforeTheRestOfItsFrameHasCome() {
    byte[] payload = "x".repeat(60_000).getBytes(StandardCharsets.UTF_8);
    payload[9] = (byte) 0xFF;
    byte[] wire = RawFrame.text(payload).masked(7).bytes();
    FrameParser parser = new FrameParser(Role.SERVER, 1 << 20, new Utf8Inspector());

    Step step = parser.parse(Unpooled.wrappedBuffer(wire, 0, 8 + 10));

    assertThat(step).isEqualTo(Step.VIOLATION);
    assertThat(parser.violation().code()).isEqualTo(INVALID_DATA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "\0",
        "\u007f",
        "\u0080",
        "\u07ff",
        "\u0800",
        "\ud7ff",
        "\ue000",
        "\ufeff",
        "\ufffd",
        "\uffff",
        "\ud800\udc00",
        "\udbff\udfff",
        "Grüße",
        "こんにちは",
        "a🎤b🎤c"
      })
  void readsValidTextHoweverItIsCut(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    for (int cut = 0; cut <= payload.length; cut++) {
      for (Role role : Role.values()) {
        byte[] wire =
            RawFrame.join(
                role,
                RawFrame.text(Arrays.copyOf(payload, cut)).unfinished(),
                RawFrame.continuation(Arrays.copyOfRange(payload, cut, payload.length)));

        assertThat(Reading.of(role, wire).violation()).isEmpty();
      }
    }
  }

  @Test
  void takesAnyBytesAsBinary() {
    byte[] wire =
        RawFrame.join(
            Role.SERVER,
            RawFrame.of(Opcode.BINARY, HexFormat.of().parseHex("fffec080")).unfinished(),
            RawFrame.continuation(HexFormat.of().parseHex("eda080")),
            RawFrame.text("text"));

    Reading reading = Reading.of(Role.SERVER, wire);

    assertThat(reading.violation()).isEmpty();
    assertThat(reading.frames())
        .extracting(Reading.Frame::isText)
        .containsExactly(false, false, true);
  }

  @Test
  void changesItsLimitFromTheNextHeaderOn() {
    FrameParser parser = new FrameParser(Role.CLIENT, 10, new Utf8Inspector());
    ByteBuf in = Unpooled.buffer().writeBytes(RawFrame.binary(10).bytes());
    parser.parse(in);
    parser.skip(in);

    parser.setMaxMessageBytes(20);
    in.writeBytes(RawFrame.binary(20).bytes());
    Step larger = parser.parse(in);
    parser.skip(in);
    parser.setMaxMessageBytes(5);
    in.writeBytes(RawFrame.binary(6).bytes());
    Step smaller = parser.parse(in);

    assertThat(larger).isEqualTo(Step.FRAME);
    assertThat(smaller).isEqualTo(Step.VIOLATION);
  }

  private static String text(Reading.Frame frame) {
    return new String(HexFormat.of().parseHex(frame.payload()), StandardCharsets.UTF_8);
  }
}
