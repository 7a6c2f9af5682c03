package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455, 5.5, 5.5.2 and 5.5.3: control frames, pings and pongs. */
class ControlFrameTest {
  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  private static Stream<Arguments> onBothSides(Integer... numbers) {
    return Stream.of(numbers)
        .flatMap(number -> Stream.of(Side.values()).map(side -> Arguments.of(side, number)));
  }

  static Stream<Arguments> controls() {
    return onBothSides(8, 9, 10);
  }

  @ParameterizedTest
  @MethodSource("controls")
  void refusesAFragmentedControlFrame(Side side, int opcode) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(opcode, new byte[0]).unfinished());

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1002);
    }
  }

  @ParameterizedTest
  @MethodSource("controls")
  void refusesAControlFrameAbove125Bytes(Side side, int opcode) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(opcode, new byte[126]));

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1002);
    }
  }

  static Stream<Arguments> pingLengths() {
    return onBothSides(0, 1, 4, 124, 125);
  }

  @ParameterizedTest
  @MethodSource("pingLengths")
  void answersAPingWithItsPayloadHoweverItIsChopped(Side side, int length) throws IOException {
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) (255 - i); // no UTF-8: nothing asks that of a ping
    }
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.sendChopped(RawFrame.of(9, payload).towards(side.gateway()).bytes());

      Frame pong = call.peer().readFrame();
      assertThat(pong.first()).isEqualTo(0x8A);
      assertThat(pong.payload()).isEqualTo(payload);
    }
  }

  @Test
  void answersAPingBeforeWhatAClientSaidBehindIt() throws IOException {
    try (Call call = Call.open(Side.CLIENT, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.ping("p"), RawFrame.text("{\"type\":\"connect_realtime\"}"));

      assertThat(call.peer().readFrame().first()).isEqualTo(0x8A);
      assertThat(call.peer().readFrame().text()).contains("already_connected");
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void answersAPingBeforeDataThatAnswersWhatCameBehindIt(Side side) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.ping("p"), RawFrame.text("question"));
      assertThat(call.other().readText()).isEqualTo("question");
      call.other().send("answer");

      assertThat(call.peer().readFrame().first()).isEqualTo(0x8A);
      assertThat(call.peer().readFrame().text()).isEqualTo("answer");
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void keepsPingsAndPongsToTheSideTheyCameFrom(Side side) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.ping("p"), RawFrame.of(10, new byte[] {1, 2}), RawFrame.text("behind"));

      assertThat(call.other().readFrame().text()).isEqualTo("behind");
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void ignoresAPongThatNobodyAskedFor(Side side) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(10, new byte[] {1, 2}), RawFrame.ping("next"));

      assertThat(call.peer().readFrame().text()).isEqualTo("next");
    }
  }
}
