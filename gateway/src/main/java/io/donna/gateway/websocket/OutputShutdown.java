package io.donna.gateway.websocket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/**
 * Closes the sending side of a connection, in TLS after a {@code close_notify}, and leaves the
 * receiving side open. If both were closed with unread bytes, TCP would reset the connection, and
 * the last bytes sent would be lost.
 */
public final class OutputShutdown {
  private OutputShutdown() {}

  /** Must be called on the channel's event loop, after everything is written. */
  public static void of(Channel channel) {
    if (!(channel instanceof DuplexChannel duplex)) {
      channel.close();
      return;
    }
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      duplex.shutdownOutput();
    } else {
      // After close_notify, input must not reach the TLS engine: some engines close on it.
      channel.pipeline().addFirst(new InputDiscarder());
      tls.closeOutbound().addListener(sent -> duplex.shutdownOutput());
    }
  }

  private static final class InputDiscarder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
      ReferenceCountUtil.release(read);
    }
  }
}
