package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455, 5.1 to 5.3 and 5.8: headers, lengths, masks, and what is reserved. */
class FramingTest {
  private static final int LARGEST = 16 << 20;

  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  private static Stream<Arguments> onBothSides(Stream<Integer> numbers) {
    return numbers.flatMap(
        number -> Stream.of(Side.values()).map(side -> Arguments.of(side, number)));
  }

  private static void expectClose(Side side, int code, byte[] wire) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.peer().sendRaw(wire);

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(code);
      expectOtherSideTold(call);
    }
  }

  private static void expectOtherSideTold(Call call) {
    Frame told = call.other().read();
    if (call.side() == Side.CLIENT) {
      assertThat(told.closeCode()).isEqualTo(1001);
    } else {
      assertThat(told.text()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
    }
  }

  static Stream<Arguments> lengths() {
    return onBothSides(Stream.of(0, 1, 125, 126, 127, 65_535, 65_536));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void readsEveryFormOfLengthChoppedIntoBytes(Side side, int length) throws IOException {
    byte[] wire = RawFrame.binary(length).towards(side.gateway()).bytes();
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.sendChopped(Arrays.copyOf(wire, Math.min(wire.length, 200)));
      call.peer().sendRaw(Arrays.copyOfRange(wire, Math.min(wire.length, 200), wire.length));

      assertThat(call.other().readFrame().wire()).isEqualTo(wire);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void carriesAMessageOfSixteenMegabytesInOneFrameAndInMany(Side side) throws IOException {
    int pieces = 256;
    RawFrame[] fragments = new RawFrame[pieces];
    for (int i = 0; i < pieces; i++) {
      byte[] piece = new byte[LARGEST / pieces];
      Arrays.fill(piece, (byte) i);
      RawFrame fragment = RawFrame.of(i == 0 ? 2 : 0, piece);
      fragments[i] = i < pieces - 1 ? fragment.unfinished() : fragment;
    }
    byte[] whole = RawFrame.binary(LARGEST).towards(side.gateway()).bytes();
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                call.peer().sendRaw(whole);
                call.send(fragments);
              });

      assertThat(Arrays.equals(call.other().readFrame().wire(), whole)).isTrue();
      ByteArrayOutputStream arrived = new ByteArrayOutputStream();
      for (int i = 0; i < pieces; i++) {
        arrived.writeBytes(call.other().readFrame().payload());
      }
      assertThat(arrived.size()).isEqualTo(LARGEST);
      assertThat(arrived.toByteArray()[LARGEST - 1]).isEqualTo((byte) (pieces - 1));
      join(sender);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static Stream<Arguments> wrongLengths() {
    return Stream.of(Side.values())
        .flatMap(side ->
            Stream.of(
                Arguments.of("a byte too many", side, LARGEST + 1L, 1009),
                Arguments.of("2^32", side, 1L << 32, 1009),
                Arguments.of("2^63 - 1", side, Long.MAX_VALUE, 1009),
                Arguments.of("2^63", side, Long.MIN_VALUE, 1002),
                Arguments.of("2^64 - 1", side, -1L, 1002),
                Arguments.of("not in the shortest form", side, 65_535L, 1002)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("wrongLengths")
  void refusesAWrongLengthByTheHeaderAlone(String what, Side side, long length, int code) {
    byte[] header = RawFrame.of(2, new byte[0]).declaring(length).towards(side.gateway()).bytes();

    expectClose(side, code, header);
  }

  static Stream<Arguments> reservedBits() {
    return onBothSides(IntStream.rangeClosed(1, 7).mapToObj(bits -> bits << 4));
  }

  @ParameterizedTest
  @MethodSource("reservedBits")
  void refusesReservedBits(Side side, int bits) {
    expectClose(side, 1002, RawFrame.text("{}").reserved(bits).towards(side.gateway()).bytes());
  }

  static Stream<Arguments> reservedOpcodes() {
    return onBothSides(Stream.of(3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF));
  }

  @ParameterizedTest
  @MethodSource("reservedOpcodes")
  void refusesReservedOpcodes(Side side, int opcode) {
    expectClose(side, 1002, RawFrame.of(opcode, new byte[0]).towards(side.gateway()).bytes());
  }

  static Stream<Arguments> opcodes() {
    return onBothSides(Stream.of(1, 2, 8, 9, 10));
  }

  @ParameterizedTest
  @MethodSource("opcodes")
  void refusesFramesOfTheWrongMasking(Side side, int opcode) {
    RawFrame frame = RawFrame.of(opcode, new byte[0]);

    expectClose(side, 1002, side == Side.CLIENT ? frame.bytes() : frame.masked(7).bytes());
  }

  @Test
  void masksWhatItSaysToUpstreamsAndNothingElse() throws IOException {
    try (Call client = Call.open(Side.CLIENT, GATEWAY, UPSTREAM);
        Call upstream = Call.open(Side.UPSTREAM, GATEWAY, UPSTREAM)) {
      client.send(RawFrame.ping("a"));
      upstream.send(RawFrame.ping("a"));

      assertThat(client.peer().readFrame().wire()[1]).isEqualTo((byte) 1);
      byte[] first = upstream.peer().readFrame().wire();
      upstream.send(RawFrame.ping("a"));
      byte[] second = upstream.peer().readFrame().wire();
      assertThat(first[1]).isEqualTo((byte) 0x81);
      assertThat(Arrays.copyOfRange(first, 2, 6))
          .isNotEqualTo(Arrays.copyOfRange(second, 2, 6)); // 5.3: fresh for every frame
    }
  }
}
