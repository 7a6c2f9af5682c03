package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.Arrays;
import java.util.Set;

/** The upstream end of one relayed session. Confined to the event loop. */
final class UpstreamSession implements FrameListener {
  private static final byte[] GREETING =
      Frame.unmasked(
          Frame.TEXT, "{\"type\":\"session.created\",\"session\":{}}".getBytes(US_ASCII));

  /** The first event of a gateway with a policy, which then waits for {@code session.updated}. */
  private static final byte[] UPDATE = "{\"type\":\"session.update\",".getBytes(US_ASCII);

  private static final byte[] UPDATED =
      Frame.unmasked(
          Frame.TEXT, "{\"type\":\"session.updated\",\"session\":{}}".getBytes(US_ASCII));

  private final Channel channel;
  private final Run run;
  private final Set<UpstreamSession> open;
  private final DeliveryCheck deliveries;
  private boolean closing;

  /** Registers itself in {@code open} for as long as it is open. */
  UpstreamSession(Channel channel, Run run, Set<UpstreamSession> open) {
    this.channel = channel;
    this.run = run;
    this.open = open;
    this.deliveries = new DeliveryCheck(run.load().upward().message(), run.tally(), run.alarm());
  }

  void onRequest(HttpHead request) {
    Handshake.answer(request)
        .ifPresentOrElse(
            answer -> {
              write(answer.getBytes(US_ASCII));
              write(GREETING);
              open.add(this);
            },
            this::drop);
  }

  Pacer downward(FrameTemplate frame, int number) {
    return new Pacer(channel, frame, number, run.tally(), run.alarm());
  }

  @Override
  public void onText(byte[] text) {
    if (isUpdate(text)) {
      write(UPDATED);
    } else {
      deliveries.onMessage(text);
    }
  }

  private static boolean isUpdate(byte[] text) {
    return text.length > UPDATE.length
        && Arrays.equals(text, 0, UPDATE.length, UPDATE, 0, UPDATE.length);
  }

  @Override
  public void onPing(byte[] payload) {
    write(Frame.unmasked(Frame.PONG, payload));
  }

  @Override
  public void onClose(String reason) {
    closing = true;
    channel
        .writeAndFlush(Unpooled.wrappedBuffer(Frame.unmasked(Frame.CLOSE, Frame.normalClosure())))
        .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void onEnd() {
    open.remove(this);
  }

  @Override
  public void onError(Throwable cause) {
    if (!closing) {
      run.alarm().raise("the upstream cannot read what the peer sends: " + cause);
    }
    drop();
  }

  private void drop() {
    var _ = channel.close();
  }

  private void write(byte[] bytes) {
    var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(bytes), channel.voidPromise());
  }
}
