package io.donna.gateway.edge;

import io.donna.gateway.admission.Gate;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.session.Dialects;
import io.donna.gateway.session.Services;
import io.donna.gateway.session.Session;
import io.donna.gateway.upstream.Upstreams;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.NettyRuntime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A running gateway: its port, its sessions, its threads. Safe from any thread. */
public final class Gateway implements AutoCloseable {
  /** Tokens travel in headers, and one of 6 kB in a subprotocol is not unusual. */
  private static final int MAX_HEADER_BYTES = 32 * 1024;

  private static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;

  private static final CloseReason GOING_AWAY =
      new CloseReason(CloseReason.GOING_AWAY, "The gateway is going away");

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final Gate gate;
  private final Routes routes;
  private final Upgrade upgrade;
  private final Duration grace;
  private final EventLoopGroup eventLoops;
  private final ExecutorService blocking;
  private final Channel listener;
  private final Optional<ServerTls> tls;
  private final Oversight oversight;
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

  private Gateway(Settings settings, SecurityLog log, Clock clock, Transport transport)
      throws IOException {
    this.gate = new Gate(settings, log);
    this.grace = settings.shutdownGrace();
    this.blocking = Executors.newVirtualThreadPerTaskExecutor();
    Upstreams upstreams = new Upstreams(settings.upstream(), transport.sockets(), blocking);
    this.oversight = new Oversight(settings);
    this.routes = new Routes(settings, gate, clock);
    this.upgrade =
        new Upgrade(routes, gate, services(settings, upstreams, log, clock, oversight), sessions);
    this.tls =
        settings.tls().isPresent()
            ? Optional.of(ServerTls.start(settings.tls().get(), transport.tls(), clock))
            : Optional.empty();
    // Netty's default is two a processor, for handlers that may block; none of ours does.
    this.eventLoops =
        new MultiThreadIoEventLoopGroup(NettyRuntime.availableProcessors(), transport.io());
    try {
      this.listener = bind(settings, transport);
    } catch (IOException e) {
      stopThreads();
      throw e;
    }
  }

  /**
   * Starts a gateway, which listens when this returns.
   *
   * @throws IOException when the port cannot be had, or certificates not be read
   */
  public static Gateway start(Settings settings, SecurityLog log, Clock clock) throws IOException {
    return start(settings, log, clock, Transport.best());
  }

  /**
   * As {@link #start(Settings, SecurityLog, Clock)}, with sockets driven by {@code transport}.
   *
   * @throws IOException as there
   */
  public static Gateway start(Settings settings, SecurityLog log, Clock clock, Transport transport)
      throws IOException {
    return new Gateway(settings, log, clock, transport);
  }

  private static Services services(
      Settings settings, Upstreams upstreams, SecurityLog log, Clock clock, Oversight oversight) {
    AuthSettings auth = settings.auth();
    return new Services(
        auth.isRequired()
            ? Optional.of(new TokenVerifier(auth.secrets(), clock))
            : Optional.empty(),
        auth.isRequired()
            ? Optional.of(new SafetyIdentifier(auth.secrets().getFirst()))
            : Optional.empty(),
        upstreams,
        log,
        clock,
        auth.timeout(),
        settings.maxMessageBytes(),
        settings.keepAlive(),
        settings.session(),
        oversight,
        Dialects.of(settings.dialects()));
  }

  private Channel bind(Settings settings, Transport transport) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(eventLoops)
            .channelFactory(transport.servers())
            .option(ChannelOption.SO_BACKLOG, 4_096)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Leg.WATER_MARKS)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    tls.ifPresent(door -> channel.pipeline().addLast(door.handler()));
                    speakHttp(channel);
                  }
                });
    var binding =
        bootstrap
            .bind(new InetSocketAddress(settings.host(), settings.port()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      // An address that cannot be resolved comes without a message.
      String why =
          Objects.requireNonNullElse(
              binding.cause().getMessage(), "HOST is no address to listen on");
      throw new IOException(
          "cannot listen on %s:%d: %s"
              .formatted(
                  settings.host(),
                  settings.port(),
                  why.contains("in use") ? "something else does; choose another PORT" : why),
          binding.cause());
    }
    return binding.channel();
  }

  /** Sets up a client's connection: HTTP, until it asks for a WebSocket. */
  void speakHttp(Channel channel) {
    channel
        .pipeline()
        .addLast(new HttpServerCodec(httpLimits()))
        .addLast(new HttpHandler(routes, upgrade));
  }

  private static HttpDecoderConfig httpLimits() {
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(MAX_HEADER_BYTES);
  }

  /** The address it listens on, with the port it was given where 0 was asked for. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** WebSockets there are now. */
  public int connections() {
    return gate.connections().total();
  }

  /**
   * Lets nobody in any more, gives live sessions {@code SHUTDOWN_GRACE_MS} to end, ends those that
   * have not with 1001, and stops.
   */
  public void drain() throws InterruptedException {
    gate.close();
    long end = System.nanoTime() + grace.toNanos();
    while (connections() > 0 && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    close();
  }

  @Override
  public void close() {
    gate.close();
    listener.close().awaitUninterruptibly();
    for (Session session : sessions) {
      session.client().eventLoop().execute(() -> session.end(GOING_AWAY));
    }
    long end = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
    while (connections() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(5_000_000);
    }
    stopThreads();
  }

  private void stopThreads() {
    oversight.close();
    tls.ifPresent(ServerTls::close);
    blocking.shutdownNow();
    eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
