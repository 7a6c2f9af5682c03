package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

  /** Whatever part of it is asked for, in however many frames it came. */
  @Test
  void handsOutAnyPartOfItsPayload() {
    byte[] wire =
        RawFrame.join(
            RawFrame.binary(5).unfinished().masked(0x11223344).bytes(),
            RawFrame.continuation("").unfinished().masked(0xFFFFFFFF).bytes(),
            RawFrame.continuation("0123456789").unfinished().masked(0x80FF01C3).bytes(),
            RawFrame.continuation("abc").masked(7).bytes());
    ByteBuf in = Unpooled.buffer().writeZero(3).writeBytes(wire).writeZero(2);
    Message message = new Message().pointAt(in, 3, wire.length, false);
    byte[] whole = message.payload();

    assertThat(whole).hasSize(18);
    for (int from = 0; from <= whole.length; from++) {
      for (int to = from; to <= whole.length; to++) {
        assertThat(message.payload(from, to))
            .as("[%d, %d)", from, to)
            .isEqualTo(Arrays.copyOfRange(whole, from, to));
      }
    }
  }

  /** Of what is inspected, no byte is another than those of the payload. */
  @Test
  void isInspectedInAllItsFrames() {
    Utf8Inspector inspector = new Utf8Inspector();
    for (String[] row :
        new String[][] {
          {"a", "b", "true"},
          {"\u00c3\u00a4", "b", "true"},
          {"a", "\u00ff", "false"},
          {"\u00ff", "b", "false"},
          {"a", "\u00c3", "false"},
          {"\u00c3", "\u00a4", "true"}
        }) {
      byte[] wire =
          RawFrame.join(
              RawFrame.text(bytes(row[0])).unfinished().masked(0x80FF01C3).bytes(),
              RawFrame.continuation(bytes(row[1])).masked(0x11223344).bytes());
      Message message = new Message().pointAt(Unpooled.wrappedBuffer(wire), 0, wire.length, true);

      assertThat(message.inspect(inspector)).isEqualTo(Boolean.parseBoolean(row[2]));
    }
  }

  /** A byte a character. */
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void staysReadableUntilItIsReleasedWhereItIsRetained() {
    ByteBuf in = Unpooled.buffer().writeZero(2).writeBytes(RawFrame.text("abc").bytes());
    Message passing = new Message().pointAt(in, 2, in.readableBytes() - 2, true);
    Message kept = passing.retained();
    passing.pointAt(Unpooled.EMPTY_BUFFER, 0, 0, false);
    in.release();

    assertThat(kept.isText()).isTrue();
    assertThat(kept.length()).isEqualTo(5);
    assertThat(kept.payload()).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
    ByteBuf copy = Unpooled.buffer();
    kept.copyTo(copy);
    assertThat(ByteBufUtil.getBytes(copy)).isEqualTo(RawFrame.text("abc").bytes());
    kept.release();
    assertThat(in.refCnt()).isZero();
  }
}
