package io.donna.simulator;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Session;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Handles a connection after the upgrade: its WebSocket, pings, time limit and session. */
final class SessionHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final String LIMIT_REASON = "Your session hit the maximum duration of 60 minutes.";

  private final Terms terms;
  private final Handshake handshake;
  private final SimulatedConnection connection;
  private final Fault fault;
  private final Consumer<String> journal;
  private @Nullable Line line;
  private @Nullable Session session;

  SessionHandler(
      Terms terms,
      Handshake handshake,
      SimulatedConnection connection,
      Fault fault,
      Consumer<String> journal) {
    this.terms = terms;
    this.handshake = handshake;
    this.connection = connection;
    this.fault = fault;
    this.journal = journal;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Line opened = new Line(ctx.channel(), fault);
    line = opened;
    journal.accept("opened: " + handshake.model().orElse("transcription"));
    opened.start();
    switch (handshake.judge(terms.apiKey())) {
      case Handshake.Verdict.Accepted _ -> begin(ctx, opened);
      case Handshake.Verdict.Refused refused -> {
        journal.accept("refused: " + refused.error().message());
        new Events(opened::send).sendError(refused.error(), null);
        opened.close(refused.closeCode(), refused.error().closeReason());
      }
    }
    // Called last, so that a test's messages follow the session's first events.
    connection.opened();
  }

  private void begin(ChannelHandlerContext ctx, Line opened) {
    Instant expiresAt = Instant.now().plus(terms.sessionLimit());
    Session begun =
        new Session(
            new Session.Terms(handshake.model(), expiresAt, terms.speed()),
            opened::send,
            ctx.executor(),
            journal);
    session = begun;
    begun.start();
    long interval = terms.pingInterval().toNanos();
    var pings =
        ctx.executor()
            .scheduleAtFixedRate(
                () -> opened.write(ping()), interval, interval, TimeUnit.NANOSECONDS);
    var limit =
        ctx.executor()
            .schedule(
                () -> opened.close(1001, LIMIT_REASON),
                terms.sessionLimit().toNanos(),
                TimeUnit.NANOSECONDS);
    ctx.channel()
        .closeFuture()
        .addListener(_ -> {
          pings.cancel(false);
          limit.cancel(false);
        });
  }

  private static PingWebSocketFrame ping() {
    return new PingWebSocketFrame(Unpooled.copyInt(ThreadLocalRandom.current().nextInt()));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    switch (frame) {
      case TextWebSocketFrame text -> {
        String message = text.text();
        connection.received(message);
        Optional.ofNullable(session).ifPresent(it -> it.receive(message));
      }
      case BinaryWebSocketFrame _ -> Optional.ofNullable(session).ifPresent(Session::receiveBinary);
      case PingWebSocketFrame ping -> write(new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame close -> {
        connection.closedBy(close.statusCode());
        Optional.ofNullable(line).ifPresent(it -> it.answerClose(close.statusCode()));
      }
      default -> {}
    }
  }

  private void write(WebSocketFrame frame) {
    if (line != null) {
      line.write(frame);
    } else {
      frame.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (session != null) {
      session.stop();
    }
    journal.accept("ended");
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    journal.accept("broken: " + cause);
    ctx.close();
  }
}
