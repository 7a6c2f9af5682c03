package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MessageTest {
  @Test
  void joinsThePayloadOfItsFragmentsWithoutTheirMasks() {
    String middle = "🎤".repeat(100);
    String last = "z".repeat(70_000);
    byte[] wire =
        RawFrame.join(
            RawFrame.text("héllo ").unfinished().masked(0x11223344).bytes(),
            RawFrame.continuation("").unfinished().masked(0xFFFFFFFF).bytes(),
            RawFrame.continuation(middle).unfinished().masked(0).bytes(),
            RawFrame.continuation(last).masked(0x80FF01C3).bytes());
    ByteBuf in = Unpooled.buffer().writeZero(7).writeBytes(wire).writeZero(2);

    Message message = new Message().pointAt(in, 7, wire.length, true);

    assertThat(new String(message.payload(), StandardCharsets.UTF_8))
        .isEqualTo("héllo " + middle + last);
    assertThat(message.length()).isEqualTo(wire.length);
    assertThat(ByteBufUtil.getBytes(in, 7, wire.length)).isEqualTo(wire);
  }

  @Test
  void hasThePayloadOfAServersFrame() {
    byte[] wire = RawFrame.text("x".repeat(126)).bytes();

    Message message = new Message().pointAt(Unpooled.wrappedBuffer(wire), 0, wire.length, true);

    assertThat(message.payload()).isEqualTo("x".repeat(126).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void hasNoPayloadWhereAllItsFramesAreEmpty() {
    byte[] wire =
        RawFrame.join(Role.SERVER, RawFrame.text("").unfinished(), RawFrame.continuation(""));

    Message message = new Message().pointAt(Unpooled.wrappedBuffer(wire), 0, wire.length, true);

    assertThat(message.payload()).isEmpty();
  }

  @Test
  void handsItsWireOnWithoutCopyingIt() {
    ByteBuf in = Unpooled.buffer().writeBytes(RawFrame.text("abc").bytes());
    Message message = new Message().pointAt(in, 0, in.readableBytes(), true);

    ByteBuf wire = message.retainedWire();

    assertThat(in.refCnt()).isEqualTo(2);
    assertThat(wire).isEqualTo(in);
    wire.release();
    in.release();
  }
}
