package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.RawFrame;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455, 5.4: messages in fragments. */
class FragmentationTest {
  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  private static RawFrame first(String text) {
    return RawFrame.text(text).unfinished();
  }

  private static RawFrame more(String text) {
    return RawFrame.continuation(text).unfinished();
  }

  private static RawFrame last(String text) {
    return RawFrame.continuation(text);
  }

  static Stream<Arguments> legal() {
    return Stream.of(Side.values())
        .flatMap(side ->
            Stream.of(
                Arguments.of("two", side, List.of(first("a"), last("b"))),
                Arguments.of("many", side, List.of(first("a"), more("b"), more("c"), last("d"))),
                Arguments.of("all empty", side, List.of(first(""), more(""), last(""))),
                Arguments.of("empty first", side, List.of(first(""), last("a"))),
                Arguments.of("empty last", side, List.of(first("a"), last(""))),
                Arguments.of("binary", side, List.of(RawFrame.binary(9).unfinished(), last("\0"))),
                Arguments.of(
                    "one after the other",
                    side,
                    List.of(first("a"), last("b"), RawFrame.text("c"), first("d"), last("e")))));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("legal")
  void carriesFragmentsAsTheyAre(String what, Side side, List<RawFrame> frames) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(frames.toArray(RawFrame[]::new));

      for (RawFrame frame : frames) {
        assertThat(call.other().readFrame().wire()).isEqualTo(frame.bytes());
      }
    }
  }

  static Stream<Arguments> illegal() {
    return Stream.of(Side.values())
        .flatMap(side ->
            Stream.of(
                Arguments.of("continues nothing", side, List.of(last("a"))),
                Arguments.of("goes on with nothing", side, List.of(more("a"))),
                Arguments.of("continues a whole one", side, List.of(RawFrame.text("a"), last("b"))),
                Arguments.of("ends twice", side, List.of(first("a"), last("b"), last("c"))),
                Arguments.of("text in text", side, List.of(first("a"), RawFrame.text("b"))),
                Arguments.of("binary in text", side, List.of(first("a"), RawFrame.binary(1))),
                Arguments.of("begins twice", side, List.of(first("a"), first("b"))),
                Arguments.of(
                    "a ping continues nothing", side, List.of(RawFrame.ping("a"), last("b")))));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("illegal")
  void refusesFragmentsInAnIllegalOrder(String what, Side side, List<RawFrame> frames) {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(frames.toArray(RawFrame[]::new));

      assertThat(call.readsCloseAndEnd().closeCode()).isEqualTo(1002);
    }
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void answersControlFramesAmongFragmentsAtOnceAndKeepsThemOut(Side side) throws IOException {
    try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
      call.send(first("a"), RawFrame.ping("now"), RawFrame.of(10, new byte[] {1}));

      Frame pong = call.peer().readFrame();
      assertThat(pong.opcode()).isEqualTo(10);
      assertThat(pong.text()).isEqualTo("now");
      call.send(last("b"));
      assertThat(call.other().readFrame().text()).isEqualTo("a");
      assertThat(call.other().readFrame().text()).isEqualTo("b");
    }
  }

  @Test
  void saysNothingOfItsOwnBetweenTheFragmentsOfAnUpstream() throws IOException {
    try (Call call = Call.open(Side.UPSTREAM, GATEWAY, UPSTREAM)) {
      call.send(first("a"), RawFrame.ping("")); // the pong says that both have been read
      assertThat(call.peer().readFrame().opcode()).isEqualTo(10);

      call.other().send("{\"type\":\"connect_realtime\"}");
      assertThat(call.other().readText()).contains("already_connected");
      call.send(last("b"));

      assertThat(call.other().readFrame().first()).isEqualTo(0x01);
      assertThat(call.other().readFrame().first()).isEqualTo(0x80);
    }
  }
}
