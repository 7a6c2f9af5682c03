package io.donna.simulator;

import io.donna.simulator.protocol.Protocol;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.util.Optional;

/**
 * Handles a connection's single HTTP request. Afterwards the connection becomes a session or ends.
 */
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  /** An event carries up to 15 MiB of audio, 20 MiB in base64. */
  private static final int LARGEST_MESSAGE = 32 * 1024 * 1024;

  private final Simulator simulator;

  UpgradeHandler(Simulator simulator) {
    this.simulator = simulator;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      refuse(ctx, HttpResponseStatus.BAD_REQUEST, "bad_request", "This is not an HTTP request.");
      return;
    }
    Handshake handshake = Handshake.of(request);
    Optional<Protocol> protocol = Protocols.serving(handshake.session());
    if (protocol.isEmpty()) {
      String path = handshake.session().path();
      String message = "Invalid URL (" + request.method() + " " + path + ")";
      refuse(ctx, HttpResponseStatus.NOT_FOUND, "unknown_url", message);
      return;
    }
    if (!request
        .headers()
        .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      String message = "This endpoint speaks WebSocket: send an upgrade request.";
      refuse(ctx, HttpResponseStatus.UPGRADE_REQUIRED, "upgrade_required", message);
      return;
    }
    SimulatedConnection connection = simulator.connected(ctx.channel(), request);
    Fault fault = handshake.fault().orElseGet(simulator::fault);
    switch (fault) {
      case Fault.Hang _ -> {}
      case Fault.Refuse(int status) ->
          refuse(ctx, HttpResponseStatus.valueOf(status), "simulated_fault", "Simulated fault.");
      case Fault.Redirect _ ->
          answer(ctx, HttpAnswers.redirect("/elsewhere" + handshake.session().path()));
      case Fault.BadAccept _ -> acceptBadly(ctx);
      case Fault.None _ ->
          upgrade(ctx, request, session(protocol.get(), handshake, connection, fault));
      case Fault.Timed _ ->
          upgrade(ctx, request, session(protocol.get(), handshake, connection, fault));
      case Fault.Lasting _ ->
          upgrade(ctx, request, session(protocol.get(), handshake, connection, fault));
    }
  }

  private SessionHandler session(
      Protocol protocol, Handshake handshake, SimulatedConnection connection, Fault fault) {
    return new SessionHandler(
        simulator.terms(),
        protocol,
        handshake,
        connection,
        fault,
        simulator.seed(),
        simulator.journal());
  }

  private void upgrade(ChannelHandlerContext ctx, FullHttpRequest request, SessionHandler session) {
    WebSocketDecoderConfig config =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(LARGEST_MESSAGE)
            .allowExtensions(false)
            .build();
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory("", "realtime", config).newHandshaker(request);
    if (handshaker == null) {
      refuse(ctx, HttpResponseStatus.UPGRADE_REQUIRED, "upgrade_required", "Version 13 is spoken.");
      return;
    }
    try {
      handshaker
          .handshake(ctx.channel(), request)
          .addListener(done -> {
            if (done.isSuccess()) {
              ctx.pipeline()
                  .addLast(new Utf8FrameValidator(), new WebSocketFrameAggregator(LARGEST_MESSAGE))
                  .addLast(session)
                  .remove(this);
            }
          });
    } catch (WebSocketHandshakeException invalid) {
      refuse(ctx, HttpResponseStatus.BAD_REQUEST, "bad_request", "Not a WebSocket handshake.");
    }
  }

  private void acceptBadly(ChannelHandlerContext ctx) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    response
        .headers()
        .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
        .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
  }

  private static void refuse(
      ChannelHandlerContext ctx, HttpResponseStatus status, String code, String message) {
    answer(ctx, HttpAnswers.error(status, code, message));
  }

  private static void answer(ChannelHandlerContext ctx, FullHttpResponse response) {
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The peer has disconnected or does not speak TLS, so no answer is possible.
    ctx.close();
  }
}
