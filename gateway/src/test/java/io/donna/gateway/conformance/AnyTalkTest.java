package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.Property;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.websocket.Pieces;
import io.donna.gateway.websocket.Talk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RFC 6455 as a whole: whatever a peer may say comes out on the other side. */
class AnyTalkTest {
  private static final TestUpstream UPSTREAM = TestUpstream.start();
  private static final RunningGateway GATEWAY = RunningGateway.behind(UPSTREAM).start();

  @AfterAll
  static void stop() {
    GATEWAY.close();
    UPSTREAM.close();
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void carriesWhatALegalPeerSaysHoweverItIsFramedAndCut(Side side) {
    Property.holds(
        40,
        choices -> {
          Talk talk = Talk.goingOn(side.gateway(), choices);
          try (Call call = Call.open(side, GATEWAY, UPSTREAM)) {
            for (byte[] piece : Pieces.of(talk.wire(), choices)) {
              call.peer().sendRaw(piece);
            }

            byte[] frames = talk.messageFrames();
            assertThat(call.other().readRaw(frames.length)).isEqualTo(frames);
            for (String ping : talk.pings()) {
              Frame pong = call.peer().readFrame();
              assertThat(pong.first()).isEqualTo(0x8A);
              assertThat(HexFormat.of().formatHex(pong.payload())).isEqualTo(ping);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
