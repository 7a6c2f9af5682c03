package io.donna.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The server behind every peer: takes each WebSocket it is offered, on any path. Its sessions are
 * confined to the event loop.
 */
final class Upstream {
  private final Run run;
  private final Set<UpstreamSession> sessions = new LinkedHashSet<>();
  private final Channel listener;

  private Upstream(Run run) {
    this.run = run;
    this.listener =
        new ServerBootstrap()
            .group(run.loop())
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Run.WAITING)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
  }

  static Upstream start(Run run) {
    return new Upstream(run);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Those whose handshake is done. To be called on the event loop. */
  List<UpstreamSession> sessions() {
    return new ArrayList<>(sessions);
  }

  private void accept(Channel channel) {
    UpstreamSession session = new UpstreamSession(channel, run, sessions);
    channel.pipeline().addLast("head", new HeadReader(session::onRequest, session));
  }
}
