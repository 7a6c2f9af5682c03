package io.donna.gateway.upstream;

import io.donna.gateway.websocket.Handshake;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;

/**
 * The opening handshake towards an upstream, whose client the gateway is (RFC 6455, 4.1). Confined
 * to the event loop.
 */
final class ClientHandshakeHandler extends ChannelInboundHandlerAdapter {
  private final FullHttpRequest request;
  private final OpeningAttempt attempt;
  private final String key = Handshake.key();
  private boolean accepted;

  ClientHandshakeHandler(FullHttpRequest request, OpeningAttempt attempt) {
    this.request = request;
    this.attempt = attempt;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    request
        .headers()
        .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key)
        .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION);
    context
        .writeAndFlush(request.retainedDuplicate())
        .addListener(sent -> {
          if (sent.isSuccess()) {
            attempt.onAsked();
          }
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    try {
      if (read instanceof HttpResponse response) {
        onResponse(response);
      }
      if (read instanceof LastHttpContent && accepted) {
        // Remove the encoder first, as the leg may write at once, and the decoder last: its removal
        // passes the bytes after the 101 on to the leg.
        HttpClientCodec codec = context.pipeline().get(HttpClientCodec.class);
        codec.removeOutboundHandler();
        attempt.onUpgraded(context.channel());
        context.pipeline().remove(this);
        context.pipeline().remove(codec);
      }
    } finally {
      ReferenceCountUtil.release(read);
    }
  }

  private void onResponse(HttpResponse response) {
    HttpHeaders headers = response.headers();
    if (response.decoderResult().isFailure()) {
      refuse("answered with something that is not HTTP");
    } else if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      int status = response.status().code();
      refuse(OpeningFault.ofStatus(status), "answered HTTP " + status + " instead of 101");
    } else if (!headers.contains(HttpHeaderNames.UPGRADE, "websocket", true)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)
        || !Handshake.accept(key).equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
      refuse("did not prove that it speaks WebSocket");
    } else if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)
        || headers.contains(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
      refuse("chose an extension or subprotocol that it was not offered");
    } else {
      accepted = true;
    }
  }

  private void refuse(String what) {
    refuse(OpeningFault.SERVER, what);
  }

  private void refuse(OpeningFault fault, String what) {
    attempt.fail(fault, "upstream_refused", "The upstream " + what + ".", null);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls && !tls.isSuccess()) {
      attempt.fail(
          "upstream_tls_failed", "The TLS handshake with the upstream failed.", tls.cause());
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    attempt.fail("upstream_unreachable", "The upstream closed before it answered.", null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    attempt.fail("upstream_unreachable", "The connection to the upstream failed.", cause);
    context.close(); // also after the attempt, so that the leg learns of it
  }
}
