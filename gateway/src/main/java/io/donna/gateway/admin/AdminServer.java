package io.donna.gateway.admin;

import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.AdminSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.AcceptPause;
import io.donna.gateway.edge.CloseStack;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.edge.PendingConnections;
import io.donna.gateway.edge.PreUpgradeMemoryHandler;
import io.donna.gateway.edge.Request;
import io.donna.gateway.edge.RequestDecoder;
import io.donna.gateway.edge.Transport;
import io.donna.gateway.websocket.HeldBytes;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port of a running gateway. It has one event loop of its own and answers on virtual
 * threads, so no session waits for it. What only a request needs is made with the first. Safe from
 * any thread.
 */
public final class AdminServer implements AutoCloseable {
  /**
   * What the admin port shows and steers.
   *
   * @param controls those that the gateway was started with
   * @param feed gets every event that {@code log} gets
   * @param routes further rows of the table, such as pages
   * @param cluster what is shown of all replicas; it has started
   */
  public record Parts(
      Gateway gateway,
      OperatorControls controls,
      LiveFeed feed,
      List<Route> routes,
      ClusterView cluster,
      SecurityLog log,
      Clock clock,
      Transport transport) {}

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  private static final int MOST_CONNECTIONS = 256;

  /** For requests that have not arrived in full, and their bodies. */
  private static final long MOST_BYTES = 16 << 20;

  private final Settings settings;
  private final Parts parts;
  private final CloseStack closeStack = new CloseStack();
  private final ExecutorService handlers;
  private final Channel listener;
  private final Lock making = new ReentrantLock();
  private volatile @Nullable RouteTable table;
  private volatile boolean started;

  private AdminServer(Settings settings, Parts parts) throws IOException {
    this.settings = settings;
    this.parts = parts;
    try {
      EventLoopGroup eventLoop =
          closeStack.add(
              new MultiThreadIoEventLoopGroup(1, parts.transport.io()),
              loop -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
      this.handlers =
          closeStack.add(Executors.newVirtualThreadPerTaskExecutor(), ExecutorService::shutdownNow);
      this.listener = bind(eventLoop);
      closeStack.add(listener, channel -> channel.close().awaitUninterruptibly());
    } catch (IOException | RuntimeException | Error fault) {
      closeStack.close();
      throw fault;
    }
  }

  /**
   * Starts the admin port; it is listening when this returns.
   *
   * @throws IOException when the port is not available
   */
  public static AdminServer start(Settings settings, Parts parts) throws IOException {
    return new AdminServer(settings, parts);
  }

  /**
   * As {@link #start}, if the port is on. Empty if a port that nobody chose is taken, as by another
   * gateway on this machine, which has its admin port there.
   *
   * @throws IOException when a chosen port is not available
   */
  public static Optional<AdminServer> startIfOn(Settings settings, Parts parts) throws IOException {
    AdminSettings admin = settings.admin();
    if (!admin.isOn()) {
      return Optional.empty();
    }
    try {
      return Optional.of(start(settings, parts));
    } catch (IOException taken) {
      if (admin.portIsSet()) {
        throw taken;
      }
      LOG.warn("no admin port: {}", taken.getMessage());
      return Optional.empty();
    }
  }

  private Channel bind(EventLoopGroup eventLoop) throws IOException {
    AdminSettings admin = settings.admin();
    PendingConnections pending = new PendingConnections(MOST_CONNECTIONS, MOST_BYTES);
    HeldBytes held = new HeldBytes(MOST_BYTES);
    ChannelFuture binding =
        new ServerBootstrap()
            .group(eventLoop)
            .channelFactory(parts.transport.servers())
            .option(ChannelOption.SO_REUSEADDR, true)
            .handler(new AcceptPause())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    initialize(channel, pending, held);
                  }
                })
            .bind(new InetSocketAddress(admin.host(), admin.port()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      String why =
          Objects.requireNonNullElse(
              binding.cause().getMessage(), "ADMIN_HOST is not an address to listen on");
      throw new IOException(
          "cannot listen on %s:%d for operators: %s"
              .formatted(
                  admin.host(),
                  admin.port(),
                  why.contains("in use")
                      ? "the address is in use; choose another ADMIN_PORT"
                      : why),
          binding.cause());
    }
    return binding.channel();
  }

  private void initialize(SocketChannel channel, PendingConnections pending, HeldBytes held) {
    PreUpgradeMemoryHandler arrivedBytes = new PreUpgradeMemoryHandler(held, pending);
    RequestDecoder decoder = new RequestDecoder();
    channel.pipeline().addLast(arrivedBytes);
    // This machine reads plain HTTP only, as probes and scrapes do.
    if (!settings.admin().isLoopback()) {
      parts.gateway.tlsHandler().ifPresent(channel.pipeline()::addLast);
    }
    channel
        .pipeline()
        .addLast(decoder)
        .addLast(new HttpResponseEncoder())
        .addLast(
            new AdminConnection(
                this::answer,
                parts.feed,
                handlers,
                pending,
                settings.peerTimeouts().request(),
                arrivedBytes,
                decoder));
  }

  private AdminResponse answer(Request request) {
    return table().answer(request);
  }

  /** The table, made when it is first needed. */
  RouteTable table() {
    RouteTable made = table;
    if (made != null) {
      return made;
    }
    making.lock();
    try {
      RouteTable now = table == null ? makeTable() : table;
      table = now;
      return now;
    } finally {
      making.unlock();
    }
  }

  private RouteTable makeTable() {
    AdminSettings admin = settings.admin();
    Gateway gateway = parts.gateway;
    int port = address().getPort();
    Cookies cookies = new Cookies("admin", port);
    CookieSessions sessions = new CookieSessions(System::nanoTime);
    ActionLog actions = new ActionLog(parts.log, parts.clock);
    Authenticator authenticator =
        new Authenticator(admin, settings.production(), cookies, sessions, parts.log);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new Probes(gateway, () -> started).routes());
    routes.addAll(
        new SignInApi(
                authenticator,
                cookies,
                sessions,
                actions,
                admin.signIn().isPresent(),
                admin.token().isPresent())
            .routes());
    // Here, so that the classes of OpenID Connect are loaded only where it is configured.
    admin
        .signIn()
        .map(provider ->
            new OpenIdSignIn(
                provider,
                new Cookies("sign-in", port),
                cookies,
                sessions,
                actions,
                parts.log,
                parts.clock))
        .ifPresent(signIn -> routes.addAll(signIn.routes()));
    SharedEnding ending = parts.controls.sharedEnding(gateway);
    routes.addAll(
        new ControlApi(gateway, ending, parts.controls, settings.enabled(), actions, parts.clock)
            .routes());
    routes.addAll(new BlocksApi(gateway, parts.controls, actions).routes());
    routes.addAll(new RevocationsApi(parts.controls, actions).routes());
    routes.addAll(new SessionTerminationApi(ending, actions).routes());
    routes.addAll(new OperatorAuditApi(actions).routes());
    routes.addAll(new AlertsApi(gateway.alerts()).routes());
    LiveView view =
        closeStack.add(new LiveView(gateway, parts.cluster, parts.feed), LiveView::close);
    view.start();
    routes.addAll(view.routes());
    routes.addAll(new ClusterApi(gateway, parts.cluster).routes());
    routes.addAll(new SessionQueryApi(parts.cluster).routes());
    routes.addAll(new UsageApi(gateway, parts.cluster).routes());
    routes.add(OpenApi.route());
    routes.addAll(parts.routes);
    return new RouteTable(routes, new RequestChecks(admin), authenticator, gateway.gate());
  }

  /** The gateway has started as a whole: {@code /readyz} no longer says that it is starting. */
  public void announceStarted() {
    started = true;
  }

  /** The listening address. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    parts.feed.close();
    closeStack.close();
  }
}
