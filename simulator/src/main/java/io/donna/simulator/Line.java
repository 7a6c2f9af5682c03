package io.donna.simulator;

import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.SessionFault;
import io.donna.simulator.protocol.TimeSource;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The outbound side of a connection. It counts the events sent, triggers the fault when it is due,
 * and writes nothing after the connection has ended. Confined to the connection's event loop.
 */
final class Line implements Outlet {
  /**
   * The payload length that the header of the stalled text frame declares. Only half is written.
   */
  private static final int ANNOUNCED = 1_000;

  /** A frame with FIN set and an opcode that RFC 6455, 5.2 reserves. */
  private static final byte[] RESERVED_FRAME = {(byte) 0x83, 0};

  /** An event that ends in the middle of a string. */
  private static final String HALF_EVENT = "{\"type\":\"session.";

  /** Stands for a close frame without a code (RFC 6455, 7.1.5). */
  private static final int NO_CODE = 1005;

  /** The time to wait for the answer to a close frame before closing the connection. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Channel channel;
  private final TimeSource time;
  private final Function<ProtocolError, String> errors;
  private Fault fault;
  private int events;
  private Duration lastSent = Duration.ZERO;
  private boolean over;

  /**
   * @param errors writes an `error` event as the connection's protocol does
   */
  Line(Channel channel, Fault fault, TimeSource time, Function<ProtocolError, String> errors) {
    this.channel = channel;
    this.fault = fault;
    this.time = time;
    this.errors = errors;
  }

  /** Triggers a fault that is due before the first event. */
  void start() {
    misbehaveIfDue();
  }

  @Override
  public void send(String event) {
    if (!over) {
      deliver(new TextWebSocketFrame(event));
      events++;
      misbehaveIfDue();
    }
  }

  @Override
  public boolean misbehave(String model) {
    Optional<Fault> requested =
        Fault.ofModel(model).filter(it -> it instanceof Fault.Timed || it instanceof Fault.Lasting);
    requested.ifPresent(it -> {
      fault = it;
      misbehaveIfDue();
    });
    return requested.isPresent();
  }

  @Override
  public boolean has(SessionFault wanted) {
    return fault instanceof Fault.InSession(SessionFault own) && own == wanted;
  }

  @Override
  public void drop() {
    over = true;
    // close() flushes pending writes first, so that every event before it arrives.
    hangUp();
  }

  /** Writes a frame that does not count as an event. */
  void write(WebSocketFrame frame) {
    if (over) {
      frame.release();
    } else {
      put(frame);
    }
  }

  @Override
  public void close(int code, String reason) {
    if (!over) {
      Duration wait =
          deliver(
              code == NO_CODE ? new CloseWebSocketFrame() : new CloseWebSocketFrame(code, reason));
      over = true;
      channel
          .eventLoop()
          .schedule(this::hangUp, PATIENCE.plus(wait).toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Echoes the peer's close frame (RFC 6455, 5.5.1) and closes the connection. */
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
      case Fault.Drop _ -> drop();
      case Fault.Malformed _ -> deliver(new TextWebSocketFrame(HALF_EVENT));
      case Fault.ErrorEvent(String code, _) ->
          deliver(
              new TextWebSocketFrame(
                  errors.apply(new ProtocolError("server_error", code, "Simulated error.", null))));
      case Fault.Garbage _ -> put(Unpooled.wrappedBuffer(RESERVED_FRAME));
      case Fault.Stall _ -> {
        ByteBuf half = channel.alloc().buffer();
        half.writeByte(0x81).writeByte(126).writeShort(ANNOUNCED);
        put(half.writeZero(ANNOUNCED / 2));
        over = true;
      }
    }
  }

  /**
   * Resets a TCP connection, so that the peer sees neither a close frame nor an orderly shutdown.
   */
  static void reset(Channel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  /** Writes a frame in its turn: at once, unless the connection is slow. Returns the delay. */
  private Duration deliver(WebSocketFrame frame) {
    if (fault instanceof Fault.Slow(Duration gap)) {
      Duration now = Duration.ofNanos(time.nanoTime());
      Duration due = events == 0 ? now : lastSent.plus(gap);
      lastSent = due.compareTo(now) > 0 ? due : now;
      Duration wait = lastSent.minus(now);
      time.schedule(channel.eventLoop(), wait, () -> put(frame));
      return wait;
    }
    put(frame);
    return Duration.ZERO;
  }

  private void put(Object message) {
    if (channel.isActive()) {
      channel.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      ReferenceCountUtil.release(message);
    }
  }
}
