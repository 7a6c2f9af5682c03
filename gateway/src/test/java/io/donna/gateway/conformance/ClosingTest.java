package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455, 5.5.1 and 7: close frames, the closing handshake, and connections that are lost. */
class ClosingTest {
  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  /** The gateway waits two seconds for the answer to its close frame. */
  private static final Duration GIVES_UP_WITHIN = Duration.ofSeconds(6);

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  private static Stream<Arguments> onBothSides(IntStream numbers) {
    return numbers
        .boxed()
        .flatMap(number -> Stream.of(Side.values()).map(side -> Arguments.of(side, number)));
  }

  static Stream<Arguments> legalCodes() {
    return onBothSides(
        IntStream.of(
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
            4000, 4999));
  }

  @ParameterizedTest
  @MethodSource("legalCodes")
  void answersACloseFrameWithItsCodeAndEndsTheConnection(Side side, int code) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.close(code, "bis bald 👋"), RawFrame.text("behind"), RawFrame.ping("b"));

      Frame close = call.peer().readFrame(); // no pong in front of it
      assertThat(close.first()).isEqualTo(0x88);
      assertThat(close.closeCode()).isEqualTo(code);
      assertThat(call.peer().reachesEnd()).isTrue();
      assertThat(call.other().read().text()).doesNotContain("behind");
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void answersACloseFrameWithoutACodeWithoutOne(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.close());

      assertThat(call.peer().readClose().payload()).isEmpty();
      assertThat(call.peer().reachesEnd()).isTrue();
    }
  }

  static Stream<Arguments> illegalCodes() {
    return onBothSides(
        IntStream.of(0, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 65_535));
  }

  @ParameterizedTest
  @MethodSource("illegalCodes")
  void refusesACloseCodeThatMayNotBeSent(Side side, int code) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.close(code, ""));

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1002);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void refusesACloseFrameOfOneByte(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(8, new byte[] {3}));

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1002);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void refusesACloseReasonThatIsNoUtf8(Side side) {
    for (String reason : new String[] {"ff", "c0af", "eda080", "61e282"}) {
      try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
        call.send(RawFrame.close(1000, HexFormat.of().parseHex(reason)));

        assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1007);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void closesInsideAMessageWhoseRestNeverComes(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.text("half").unfinished(), RawFrame.close(1000, ""));

      assertThat(call.peer().readClose().closeCode()).isEqualTo(1000);
      assertThat(call.other().read().text()).doesNotContain("half");
    }
  }

  @Test
  void givesUpAClientThatDoesNotAnswerItsCloseFrame() {
    try (TestClient client = GATEWAY.connect()) {
      client.send("{\"type\":\"authenticate\",\"token\":\"none\"}");
      assertThat(client.readClose().closeCode()).isEqualTo(4003);
      long asked = System.nanoTime();

      assertThat(client.reachesEnd()).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(GIVES_UP_WITHIN);
    }
  }

  @Test
  void givesUpAnUpstreamThatDoesNotAnswerItsCloseFrame() {
    try (Call call = Call.open(Side.UPSTREAM, GATEWAY, UPSTREAM)) {
      call.other().sendClose(4321, "bye");

      Frame close = call.peer().readClose();
      assertThat(close.closeCode()).isEqualTo(4321);
      assertThat(close.closeReason()).isEqualTo("bye");
      long asked = System.nanoTime();
      assertThat(call.peer().reachesEnd()).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(GIVES_UP_WITHIN);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void hearsNothingOfAPeerThatItHasClosed(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(RawFrame.of(3, new byte[0])); // breaks the protocol
      assertThat(call.peer().readClose().closeCode()).isEqualTo(1002);

      call.send(RawFrame.text("late"), RawFrame.ping("late"));

      assertThat(call.peer().reachesEnd()).isTrue();
      if (side == Side.UPSTREAM) {
        assertThat(call.other().readText()).contains("realtime_disconnected");
      } else {
        assertThat(call.other().read().isClose()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void tellsTheOtherSideOfAConnectionThatWasLost(Side side) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.peer().close(); // without a close frame: 1006, which is never sent

      Frame told = call.other().read();
      if (side == Side.UPSTREAM) {
        assertThat(told.text()).contains("realtime_disconnected");
      } else {
        assertThat(told.closeCode()).isEqualTo(1001);
      }
    }
  }
}
