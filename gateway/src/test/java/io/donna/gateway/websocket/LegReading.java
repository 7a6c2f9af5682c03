package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link Leg} makes of bytes that come in pieces, told as {@link SlowReader} tells it. Its
 * answers must be the right ones, and no buffer may be left.
 */
final class LegReading implements Leg.Events {
  private final List<String> messages = new ArrayList<>();
  private String ending = "";

  static SlowReader.Outcome of(Role role, int limit, List<byte[]> pieces) {
    LegReading heard = new LegReading();
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    // The peer takes every answer: what happens where it does not is another test's.
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1 << 29, 1 << 30));
    Leg.Options options =
        new Leg.Options(
            limit,
            new Utf8Inspector(),
            false,
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            new HeldBytes(Long.MAX_VALUE));
    channel
        .pipeline()
        .addLast(
            role == Role.SERVER
                ? Leg.towardsClient(channel, options, heard)
                : Leg.towardsUpstream(channel, options, heard));
    for (byte[] piece : pieces) {
      if (channel.isOpen()) {
        channel.writeInbound(allocator.buffer(piece.length).writeBytes(piece));
      }
    }
    String ending = heard.ending; // before we end it ourselves
    SlowReader.Outcome said = answers(role, channel);
    channel.finishAndReleaseAll();

    assertThat(said.messages()).isEmpty();
    assertThat(said.pings()).isEmpty();
    assertThat(said.ending()).startsWith(ending.replace("failed", "closed"));
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    return new SlowReader.Outcome(heard.messages, said.pongs(), List.of(), ending);
  }

  private static SlowReader.Outcome answers(Role role, EmbeddedChannel channel) {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      sent.writeBytes(ByteBufUtil.getBytes(part));
      part.release();
    }
    Role other = role == Role.SERVER ? Role.CLIENT : Role.SERVER;
    return SlowReader.read(other, 0, sent.toByteArray());
  }

  @Override
  public void onMessage(Message message) {
    ByteBuf wire = message.retainedWire();
    messages.add(
        SlowReader.message(message.isText(), message.payload(), ByteBufUtil.getBytes(wire)));
    wire.release();
  }

  @Override
  public void onBurstEnd() {}

  @Override
  public void onWritabilityChanged(boolean writable) {}

  @Override
  public void onClosed(CloseReason reason) {
    ending =
        reason.code() == CloseReason.ABNORMAL
            ? ending
            : "closed " + reason.code() + " " + reason.text();
  }

  @Override
  public void onFailed(CloseReason reason) {
    ending = "failed " + reason.code();
  }
}
