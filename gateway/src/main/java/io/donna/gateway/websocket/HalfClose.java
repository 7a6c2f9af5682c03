package io.donna.gateway.websocket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/**
 * Ends our side of a connection, in TLS by a {@code close_notify} first, and leaves the other open.
 * Closing both on bytes that have not been read would make TCP reset the connection, and what we
 * said last be lost with it.
 */
public final class HalfClose {
  private HalfClose() {}

  /** To be called when everything is written, on the channel's event loop. */
  public static void of(Channel channel) {
    if (!(channel instanceof DuplexChannel duplex)) {
      channel.close();
      return;
    }
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      duplex.shutdownOutput();
    } else {
      // A TLS engine that has said its last is no good listener: some close on what still comes.
      channel.pipeline().addFirst(new Deaf());
      tls.closeOutbound().addListener(said -> duplex.shutdownOutput());
    }
  }

  private static final class Deaf extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
      ReferenceCountUtil.release(read);
    }
  }
}
