package io.donna.gateway.edge;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;

/** Detects TLS by the first five bytes, and answers plain HTTP with an error. */
final class TlsRequiredHandler extends OptionalSslHandler {
  private static final String SENTENCE =
      "{\"error\":\"This port speaks TLS: use https:// and wss://\"}";

  private static final String PLAIN_HTTP =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
          + "Content-Type: application/json; charset=utf-8\r\nContent-Length: "
          + SENTENCE.length()
          + "\r\n\r\n"
          + SENTENCE;

  TlsRequiredHandler(SslContext context) {
    super(context);
  }

  @Override
  protected ChannelHandler newNonSslHandler(ChannelHandlerContext context) {
    return new PlainHttpRefusal();
  }

  /**
   * Sends the error and discards further input; the request timeout closes the connection.
   * Discarded input is not counted as held.
   */
  private static final class PlainHttpRefusal extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      context.pipeline().remove(PreUpgradeMemoryHandler.class);
      context
          .writeAndFlush(ByteBufUtil.writeAscii(context.alloc(), PLAIN_HTTP))
          .addListener(sent -> ((DuplexChannel) context.channel()).shutdownOutput());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
      ReferenceCountUtil.release(read);
    }
  }
}
