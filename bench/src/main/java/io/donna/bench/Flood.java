package io.donna.bench;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;

/**
 * Sends as much as one connection accepts and always keeps data pending. Confined to the event
 * loop.
 */
final class Flood extends ChannelInboundHandlerAdapter {
  private static final WriteBufferWaterMark SHORT = new WriteBufferWaterMark(64 << 10, 128 << 10);

  private final Channel channel;
  private final FrameTemplate frame;
  private final int session;
  private final Tally tally;
  private int sequence;
  private boolean filling;
  private boolean stopped;

  Flood(Channel channel, FrameTemplate frame, int session, Tally tally) {
    this.channel = channel;
    this.frame = frame;
    this.session = session;
    this.tally = tally;
  }

  void start() {
    channel.config().setWriteBufferWaterMark(SHORT);
    channel.pipeline().addLast(this);
    fill();
  }

  void stop() {
    stopped = true;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    fill();
  }

  private void fill() {
    // A flush may make the connection writable and re-enter this method.
    if (filling) {
      return;
    }
    filling = true;
    while (channel.isWritable() && !stopped) {
      while (channel.isWritable()) {
        Stamp stamp = new Stamp(session, sequence++, System.nanoTime());
        var _ = channel.write(frame.stamped(stamp, channel.alloc()), channel.voidPromise());
        tally.countSent();
      }
      channel.flush();
    }
    filling = false;
  }
}
