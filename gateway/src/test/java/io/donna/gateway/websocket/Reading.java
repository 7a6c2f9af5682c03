package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.FrameParser.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link FrameParser} makes of bytes. Every reading is done twice, at once and byte by byte,
 * and both must come to the same.
 *
 * @param offered how many bytes were there when it ended, offered byte by byte
 */
record Reading(List<Frame> frames, Optional<CloseReason> violation, int offered) {
  record Frame(int opcode, boolean isFinal, boolean isText, String payload) {}

  static final int ROOMY = 1 << 20;

  static Reading of(Role role, byte[] wire) {
    return of(role, ROOMY, wire);
  }

  static Reading of(Role role, int maxMessageBytes, byte[] wire) {
    Reading atOnce = read(role, maxMessageBytes, wire, Math.max(1, wire.length));
    Reading chopped = read(role, maxMessageBytes, wire, 1);
    assertThat(chopped.frames).isEqualTo(atOnce.frames);
    assertThat(chopped.violation).isEqualTo(atOnce.violation);
    return chopped;
  }

  private static Reading read(Role role, int maxMessageBytes, byte[] wire, int step) {
    FrameParser parser = new FrameParser(role, maxMessageBytes, new Utf8Inspector());
    ByteBuf in = Unpooled.buffer(wire.length);
    List<Frame> frames = new ArrayList<>();
    for (int at = 0; at < wire.length; at += step) {
      in.writeBytes(wire, at, Math.min(step, wire.length - at));
      Step found = parser.parse(in);
      while (found == Step.FRAME) {
        frames.add(frame(parser, in));
        parser.skip(in);
        found = parser.parse(in);
      }
      if (found == Step.VIOLATION) {
        return new Reading(frames, Optional.of(parser.violation()), at + step);
      }
    }
    return new Reading(frames, Optional.empty(), wire.length);
  }

  private static Frame frame(FrameParser parser, ByteBuf in) {
    return new Frame(
        parser.opcode(),
        parser.isFinal(),
        parser.isText(),
        HexFormat.of().formatHex(parser.unmaskedPayload(in)));
  }

  List<Integer> opcodes() {
    return frames.stream().map(Frame::opcode).toList();
  }

  /** The code the connection is to be closed with; 0 where nothing is wrong. */
  int code() {
    return violation.map(CloseReason::code).orElse(0);
  }
}
