package io.donna.simulator;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * The way out of a connection. Counts events, so that a fault happens after the right one, and
 * writes nothing after the end. Confined to the connection's event loop.
 */
final class Line {
  /** A frame of text that announces 1,000 bytes and has 500 of them. */
  private static final int ANNOUNCED = 1_000;

  /** FIN, and an opcode that RFC 6455, 5.2 reserves. */
  private static final byte[] RESERVED_FRAME = {(byte) 0x83, 0};

  /** Who does not answer a close within this time is left. */
  private static final int PATIENCE_SECONDS = 5;

  private final Channel channel;
  private final Fault fault;
  private int events;
  private boolean over;

  Line(Channel channel, Fault fault) {
    this.channel = channel;
    this.fault = fault;
  }

  /** Lets a fault happen that is due before the first event. */
  void start() {
    misbehaveIfDue();
  }

  /** Sends an event. */
  void send(String event) {
    if (!over) {
      write(new TextWebSocketFrame(event));
      events++;
      misbehaveIfDue();
    }
  }

  /** Writes a frame that is no event. */
  void write(WebSocketFrame frame) {
    if (over) {
      frame.release();
    } else {
      put(frame);
    }
  }

  void close(int code, String reason) {
    if (!over) {
      put(new CloseWebSocketFrame(code, reason));
      over = true;
      channel.eventLoop().schedule(this::hangUp, PATIENCE_SECONDS, SECONDS);
    }
  }

  /** Echoes the other side's close (RFC 6455, 5.5.1) and ends the connection. */
  void answerClose(int code) {
    if (!over) {
      put(code < 0 ? new CloseWebSocketFrame() : new CloseWebSocketFrame(code, ""));
      over = true;
    }
    if (!(fault instanceof Fault.Stall)) {
      hangUp();
    }
  }

  private void hangUp() {
    channel.close();
  }

  private void misbehaveIfDue() {
    if (fault instanceof Fault.Timed timed && timed.afterEvents() == events && !over) {
      misbehave(timed);
    }
  }

  private void misbehave(Fault.Timed timed) {
    switch (timed) {
      case Fault.Close(int code, String reason, _) -> close(code, reason);
      case Fault.Drop _ -> {
        over = true;
        // What was written goes out first: which events arrive is part of the promise.
        hangUp();
      }
      case Fault.Garbage _ -> put(Unpooled.wrappedBuffer(RESERVED_FRAME));
      case Fault.Stall _ -> {
        ByteBuf half = channel.alloc().buffer();
        half.writeByte(0x81).writeByte(126).writeShort(ANNOUNCED);
        put(half.writeZero(ANNOUNCED / 2));
        over = true;
      }
    }
  }

  /** Ends a TCP connection with a reset, so that no close frame and no orderly end is seen. */
  static void drop(Channel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  private void put(Object message) {
    if (channel.isActive()) {
      channel.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      ReferenceCountUtil.release(message);
    }
  }
}
