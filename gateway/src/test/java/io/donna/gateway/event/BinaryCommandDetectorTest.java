package io.donna.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.RawFrame;
import io.donna.gateway.websocket.Utf8Inspector;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A token sent as binary must not reach an upstream, and audio is not searched for one. */
class BinaryCommandDetectorTest {
  private static final int BINARY = 2;

  private final BinaryCommandDetector commands = new BinaryCommandDetector();
  private final List<Boolean> found = new ArrayList<>();

  private final Leg.Events events =
      new Leg.Events() {
        @Override
        public void onMessage(Message message) {
          found.add(commands.contain(message));
        }

        @Override
        public void onBurstEnd() {}

        @Override
        public void onWritabilityChanged(boolean writable) {}

        @Override
        public void onClosed(CloseReason reason) {}

        @Override
        public void onFailed(CloseReason reason) {
          throw new AssertionError(reason);
        }
      };

  static Stream<Arguments> messages() {
    return Stream.of(
        Arguments.of("{'type':'authenticate','token':'x'}", true),
        Arguments.of(" \t\r\n{'type':'authenticate'}", true),
        Arguments.of("\u00ef\u00bb\u00bf{'type':'connect_realtime'}", true),
        Arguments.of("{'type':'response.create'}", false),
        Arguments.of("x{'type':'authenticate'}", false),
        Arguments.of("\0{'type':'authenticate'}", false),
        Arguments.of("['type','authenticate']", false),
        Arguments.of("{'type':'authenticate'", true),
        Arguments.of("", false));
  }

  /** In one frame, in two of any length, and behind a message that was something else. */
  @ParameterizedTest
  @MethodSource("messages")
  void areFoundWhereAMessageBeginsLikeAnObject(String text, boolean isCommand) {
    EmbeddedChannel channel = new EmbeddedChannel();
    Leg.Options options =
        new Leg.Options(
            1 << 16,
            new Utf8Inspector(),
            false,
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            new HeldBytes(Long.MAX_VALUE));
    channel.pipeline().addLast(Leg.towardsClient(channel, options, events));
    byte[] payload = text.replace('\'', '"').getBytes(StandardCharsets.ISO_8859_1);
    for (int cut = 0; cut <= payload.length; cut++) {
      byte[] first = new byte[cut];
      byte[] rest = new byte[payload.length - cut];
      System.arraycopy(payload, 0, first, 0, cut);
      System.arraycopy(payload, cut, rest, 0, rest.length);
      channel.writeInbound(
          Unpooled.wrappedBuffer(
              RawFrame.of(BINARY, first).unfinished().masked(0x8F3A51C7).bytes(),
              RawFrame.continuation(rest).masked(0x11223344).bytes(),
              RawFrame.of(BINARY, "{\"type\":\"authenticate\"}".getBytes(StandardCharsets.UTF_8))
                  .masked(1)
                  .bytes(),
              RawFrame.binary(20).masked(2).bytes()));
    }
    channel.finishAndReleaseAll();

    assertThat(found).hasSize(3 * (payload.length + 1));
    for (int i = 0; i < found.size(); i += 3) {
      assertThat(found.subList(i, i + 3)).containsExactly(isCommand, true, false);
    }
  }
}
