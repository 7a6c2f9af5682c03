package io.donna.simulator;

import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.Protocol;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Handles a connection after the upgrade: its WebSocket, pings and session. */
final class SessionHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final int UNAUTHENTICATED = 3000;
  private static final int REFUSED = 4000;

  private final Terms terms;
  private final Protocol protocol;
  private final Handshake handshake;
  private final SimulatedConnection connection;
  private final Fault fault;
  private final long seed;
  private final Consumer<String> journal;
  private @Nullable Line line;
  private @Nullable Session session;

  SessionHandler(
      Terms terms,
      Protocol protocol,
      Handshake handshake,
      SimulatedConnection connection,
      Fault fault,
      long seed,
      Consumer<String> journal) {
    this.terms = terms;
    this.protocol = protocol;
    this.handshake = handshake;
    this.connection = connection;
    this.fault = fault;
    this.seed = seed;
    this.journal = journal;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Pace pace = new Pace(terms.time(), ctx.executor(), terms.speed());
    Ids ids = new Ids(pace, seed);
    Line opened =
        new Line(ctx.channel(), fault, terms.time(), error -> protocol.errorEvent(error, ids));
    line = opened;
    journal.accept("opened: " + protocol.label(handshake.session()));
    opened.start();
    Optional<ProtocolError> unauthenticated = handshake.unauthenticated(terms.apiKey());
    Optional<ProtocolError> refused =
        unauthenticated.or(() -> protocol.refusal(handshake.session()));
    refused.ifPresentOrElse(
        error ->
            refuse(opened, error, ids, unauthenticated.isPresent() ? UNAUTHENTICATED : REFUSED),
        () -> begin(ctx, opened, pace, ids));
    // Called last, so that a test's messages follow the session's first events.
    connection.opened();
  }

  private void refuse(Line opened, ProtocolError error, Ids ids, int closeCode) {
    journal.accept("refused: " + error.message());
    opened.send(protocol.errorEvent(error, ids));
    opened.close(closeCode, error.closeReason());
  }

  private void begin(ChannelHandlerContext ctx, Line opened, Pace pace, Ids ids) {
    Session begun =
        protocol.open(
            handshake.session(),
            new SessionContext(
                opened,
                pace,
                ids,
                terms.sessionLimit().orElseGet(protocol::sessionLimit),
                terms.script(),
                journal));
    session = begun;
    begun.start();
    long interval = terms.pingInterval().toNanos();
    var pings =
        ctx.executor()
            .scheduleAtFixedRate(
                () -> opened.write(ping()), interval, interval, TimeUnit.NANOSECONDS);
    ctx.channel().closeFuture().addListener(_ -> pings.cancel(false));
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
