package io.donna.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The server behind every peer. It accepts every WebSocket on any path. Its sessions are confined
 * to the event loop.
 */
final class Upstream {
  private final Run run;
  private final Set<UpstreamSession> sessions = new LinkedHashSet<>();
  private final Channel listener;

  private Upstream(Run run, int port) {
    this.run = run;
    this.listener =
        new ServerBootstrap()
            .group(run.loop())
            .channel(run.sockets().servers())
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, run.waiting())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind("127.0.0.1", port)
            .syncUninterruptibly()
            .channel();
  }

  static Upstream start(Run run, int port) {
    return new Upstream(run, port);
  }

  /** The sessions whose handshake is complete. Must be called on the event loop. */
  List<UpstreamSession> sessions() {
    return new ArrayList<>(sessions);
  }

  void stop() {
    listener.close().syncUninterruptibly();
  }

  private void accept(Channel channel) {
    UpstreamSession session = new UpstreamSession(channel, run, sessions);
    channel.pipeline().addLast("head", new HeadReader(session::onRequest, session));
  }
}
