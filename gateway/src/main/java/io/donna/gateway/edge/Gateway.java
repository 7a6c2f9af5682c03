package io.donna.gateway.edge;

import io.donna.gateway.admission.Controls;
import io.donna.gateway.admission.FileDescriptorBudget;
import io.donna.gateway.admission.Gate;
import io.donna.gateway.admission.Headroom;
import io.donna.gateway.admission.OpeningRates;
import io.donna.gateway.alerts.Alerts;
import io.donna.gateway.alerts.SecurityEventCounts;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.auth.RevocationFile;
import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenKeys;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.cluster.redis.RedisBackedCluster;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.WatchedFile;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.Metering;
import io.donna.gateway.metering.Spent;
import io.donna.gateway.session.Dialects;
import io.donna.gateway.session.InspectorFactory;
import io.donna.gateway.session.KeptUpstreams;
import io.donna.gateway.session.Services;
import io.donna.gateway.session.SessionRegistry;
import io.donna.gateway.session.SessionSelector;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.telemetry.Tracing;
import io.donna.gateway.telemetry.otel.OtelExport;
import io.donna.gateway.upstream.Upstreams;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Leg;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.NettyRuntime;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** A running gateway: its port, its sessions, its threads. Safe from any thread. */
public final class Gateway implements AutoCloseable {

  private static final Duration RELOAD_TIMEOUT = Duration.ofSeconds(10);

  /**
   * The fraction of the session limit that may keep an upstream after the client has left: 1/16.
   */
  private static final int KEPT_SHARE = 16;

  private static final int LEAST_KEPT = 16;

  /** So often sessions are looked at for a moment between turns. */
  private static final Duration HANDOVER_EVERY = Duration.ofMillis(250);

  /** Sessions are handed over in about so many parts: five seconds, if they all are silent. */
  private static final int HANDOVERS = 20;

  private static final int LEAST_HANDED_OVER = 10;

  private final CloseStack closeStack = new CloseStack();
  private final Lock stopping = new ReentrantLock();
  private final Cluster cluster;
  private final Gate gate;
  private final HeldBytes held;
  private final Metering metering;
  private final HttpEndpoints routes;
  private final Upgrade upgrade;
  private final Duration requestTimeout;

  /**
   * Connections that are not WebSockets yet may hold one eighth of the memory for peers, so they
   * can never exhaust it, however many they are.
   */
  private static final int PENDING_SHARE = 8;

  /** Each event loop, which is one thread, has its own. */
  private final FastThreadLocal<PendingConnections> pending;

  private final Duration grace;
  private final boolean handsOver;
  private final EventLoopGroup eventLoops;
  private final Upstreams upstreams;
  private final WatchedFiles watched;
  private final TokenKeys keys;
  private final Channel listener;
  private final Optional<ServerTls> tls;
  private final InspectorFactory inspectors;
  private final SessionRegistry sessions = new SessionRegistry();
  private final SessionEnder sessionEnder;
  private final Telemetry telemetry = new Telemetry();
  private final Alerts alerts;
  private final Optional<Tracing> tracing;

  private Gateway(
      Settings settings,
      SecurityLog lines,
      Clock clock,
      Transport transport,
      Redaction redaction,
      Controls controls)
      throws IOException {
    SecurityEventCounts signals = new SecurityEventCounts();
    SecurityLog log = signals.counting(telemetry.decisions().counting(lines));
    try {
      closeStack.add(telemetry, Telemetry::close);
      this.tracing = settings.otel().isPresent() ? tracing(settings, redaction) : Optional.empty();
      FileDescriptorBudget descriptors = FileDescriptorBudget.share(settings.connections().total());
      this.held = HeldBytes.ofThisProcess();
      this.cluster = closeStack.add(cluster(settings), Cluster::close);
      this.gate = new Gate(settings, new Headroom(descriptors, held), log, controls, cluster);
      this.grace = settings.shutdownGrace();
      this.handsOver = settings.shutdownHandover();
      // Opened first, so that it closes after the last session has been recorded.
      this.metering =
          closeStack.add(
              Metering.open(settings.metering(), clock, telemetry.usage(), cluster),
              Metering::close);
      // Netty's default is two per processor, for handlers that may block; these never do.
      this.eventLoops =
          closeStack.add(
              new MultiThreadIoEventLoopGroup(NettyRuntime.availableProcessors(), transport.io()),
              loops -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
      this.sessionEnder = new SessionEnder(eventLoops, sessions);
      ExecutorService blocking =
          closeStack.add(Executors.newVirtualThreadPerTaskExecutor(), ExecutorService::shutdownNow);
      this.upstreams =
          new Upstreams(
              settings.upstreams(),
              transport.sockets(),
              blocking,
              redaction,
              telemetry.upstreams());
      this.watched = closeStack.add(new WatchedFiles(clock), WatchedFiles::close);
      Revocations revocations = controls.revocations();
      this.keys =
          closeStack.add(new TokenKeys(settings.auth(), revocations, blocking), TokenKeys::close);
      if (settings.auth().revocations().isPresent()) {
        RevocationFile.follow(settings.auth().revocations().get(), revocations, watched);
      }
      revocations.onChange(sessionEnder::endRevoked);
      this.inspectors =
          closeStack.add(
              new InspectorFactory(
                  settings, metering, held, log, watched, telemetry.guards(), cluster, clock),
              InspectorFactory::close);
      TokenExtractor credentials = new TokenExtractor(settings.auth().credentials());
      Services services =
          services(settings, descriptors.sessions(), revocations, held, redaction, log, clock);
      ClientSecretRoute clientSecrets = new ClientSecretRoute(services, inspectors);
      this.routes = new HttpEndpoints(settings, gate, credentials, clientSecrets, watched, clock);
      this.upgrade = new Upgrade(routes, gate, services, credentials, sessions);
      this.requestTimeout = settings.peerTimeouts().request();
      this.pending = pendingConnections(descriptors.pending(), held.limit() / PENDING_SHARE);
      this.tls =
          settings.tls().isPresent()
              ? Optional.of(
                  ServerTls.start(settings.tls().get(), transport.tls().get(), watched, clock))
              : Optional.empty();
      telemetry.follow(eventLoops);
      follow(watched, settings);
      this.alerts =
          closeStack.add(
              GatewayAlerts.start(
                  settings, signals, telemetry, inspectors, cluster, tls, lines, watched, clock),
              Alerts::close);
      this.listener = bind(settings, transport, log);
    } catch (IOException | RuntimeException | Error fault) {
      closeStack.close();
      throw fault;
    }
  }

  /**
   * Starts a gateway; it is listening when this returns.
   *
   * @throws IOException when the port is not available or certificates cannot be read
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
    return start(settings, log, clock, transport, new Redaction(settings.secrets()));
  }

  /**
   * As {@link #start(Settings, SecurityLog, Clock, Transport)}, with a {@code redaction} that the
   * log shares and to which secrets that are read later are added.
   *
   * @throws IOException as there
   */
  public static Gateway start(
      Settings settings, SecurityLog log, Clock clock, Transport transport, Redaction redaction)
      throws IOException {
    return start(settings, log, clock, transport, redaction, new Controls(clock));
  }

  /**
   * As {@link #start(Settings, SecurityLog, Clock, Transport, Redaction)}, with {@code controls}
   * that operators change, and that are in force before the port opens.
   *
   * @throws IOException as there
   */
  public static Gateway start(
      Settings settings,
      SecurityLog log,
      Clock clock,
      Transport transport,
      Redaction redaction,
      Controls controls)
      throws IOException {
    return new Gateway(settings, log, clock, transport, redaction, controls);
  }

  /** Nothing but this method names the exporter, whose libraries it loads. */
  private Optional<Tracing> tracing(Settings settings, Redaction redaction) throws IOException {
    Tracing export = OtelExport.start(settings.otel().orElseThrow(), telemetry, redaction);
    return Optional.of(closeStack.add(export, Tracing::close));
  }

  /** Nothing but this method names the client of Redis, whose libraries it loads. */
  private static Cluster cluster(Settings settings) {
    return settings.cluster().isPresent()
        ? RedisBackedCluster.join(settings.cluster().get())
        : MemoryCluster.alone();
  }

  private Services services(
      Settings settings,
      int sessions,
      Revocations revocations,
      HeldBytes held,
      Redaction redaction,
      SecurityLog log,
      Clock clock) {
    AuthSettings auth = settings.auth();
    return new Services(
        auth.isConfigured() ? Optional.of(keys.verifier(auth, clock)) : Optional.empty(),
        auth.isRequired(),
        revocations,
        new ClientSecrets(auth.ownSecrets(), clock),
        new ResumeTokens(auth.ownSecrets(), new ClusterUses(cluster), clock),
        identifierKey(settings).map(SafetyIdentifier::new),
        upstreams,
        new OpeningRates(settings.rateLimit().openings()),
        new KeptUpstreams(Math.max(LEAST_KEPT, sessions / KEPT_SHARE), gate::isShort),
        redaction,
        log,
        clock,
        auth.timeout(),
        settings.maxMessageBytes(),
        settings.peerTimeouts(),
        held,
        gate::isShortOfMemory,
        settings.session(),
        inspectors,
        Dialects.of(settings.dialects()),
        settings.modelAliases(),
        settings.apis(),
        metering,
        telemetry,
        tracing);
  }

  private void follow(WatchedFiles watched, Settings settings) {
    telemetry.gauges("donna.budget.used.ratio", "tier", inspectors::usedByTier, "per", "tier");
    telemetry.gauge(
        "donna.config.last.reload.success.timestamp",
        "seconds",
        () -> watched.lastApplied().map(Instant::getEpochSecond).orElse(0L));
    telemetry.gauge("donna.config.hash", "", () -> watched.hash(settings.hash()));
    if (settings.cluster().isPresent()) {
      telemetry.gauge("donna.cluster.replicas", "", cluster::replicas);
      telemetry.gauge("donna.cluster.answering", "", () -> cluster.isAnswering() ? 1 : 0);
    }
    telemetry.gauge("donna.held", "bytes", held::total);
    telemetry.gauge("donna.descriptors", "", FileDescriptorBudget::open, "state", "open");
    telemetry.gauge("donna.descriptors", "", FileDescriptorBudget::limit, "state", "limit");
  }

  /** The metrics of this gateway. */
  public Telemetry telemetry() {
    return telemetry;
  }

  /** The alerts of this gateway. */
  public Alerts alerts() {
    return alerts;
  }

  /** What each user, tenant or tier has spent in the current window. */
  public Map<String, Spent> spending(Budget.Per per, Budget.Window window) {
    return metering.ledger().spending(per, window);
  }

  /** How much of its budget each tier has used: 0 to 1. */
  public Map<String, Double> usedByTier() {
    return inspectors.usedByTier();
  }

  /** The bytes that messages hold while they wait. */
  public long heldBytes() {
    return held.total();
  }

  /** The live sessions, and the latest that have ended. */
  public SessionRegistry sessions() {
    return sessions;
  }

  /**
   * The key of safety identifiers: a long-lived secret, as it determines how users are recognised.
   */
  private static Optional<Secret> identifierKey(Settings settings) {
    return settings.auth().isConfigured()
        ? settings.auth().secrets().stream()
            .findFirst()
            .or(() -> settings.auth().clientSecretKeys().stream().findFirst())
            .or(() ->
                settings.upstreams().stream()
                    .flatMap(server -> server.keys().listed().stream())
                    .findFirst())
        : Optional.empty();
  }

  private static FastThreadLocal<PendingConnections> pendingConnections(int capacity, long bytes) {
    int loops = NettyRuntime.availableProcessors();
    return new FastThreadLocal<>() {
      @Override
      protected PendingConnections initialValue() {
        return new PendingConnections(Math.max(1, capacity / loops), bytes / loops);
      }
    };
  }

  private Channel bind(Settings settings, Transport transport, SecurityLog log) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(eventLoops)
            .channelFactory(transport.servers())
            .option(ChannelOption.SO_BACKLOG, 4_096)
            .option(ChannelOption.SO_REUSEADDR, true)
            .handler(new AcceptPause())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Leg.WATER_MARKS)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (settings.proxyProtocol()) {
                      ProxyProtocolHandler.expect(channel, gate, log);
                    }
                    tls.ifPresent(serverTls -> channel.pipeline().addLast(serverTls.handler()));
                    speakHttp(channel);
                  }
                });
    var binding =
        bootstrap
            .bind(new InetSocketAddress(settings.host(), settings.port()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      // For an unresolvable address, the exception has no message.
      String why =
          Objects.requireNonNullElse(
              binding.cause().getMessage(), "HOST is not an address to listen on");
      throw new IOException(
          "cannot listen on %s:%d: %s"
              .formatted(
                  settings.host(),
                  settings.port(),
                  why.contains("in use") ? "the address is in use; choose another PORT" : why),
          binding.cause());
    }
    return binding.channel();
  }

  /** Sets up the pipeline of a client connection: HTTP until the upgrade. */
  void speakHttp(Channel channel) {
    PreUpgradeMemoryHandler arrivedBytes = new PreUpgradeMemoryHandler(held, pending.get());
    RequestDecoder decoder = new RequestDecoder();
    channel
        .pipeline()
        .addFirst(arrivedBytes)
        .addLast(decoder)
        .addLast(new HttpResponseEncoder())
        .addLast(
            new HttpHandler(routes, upgrade, pending.get(), requestTimeout, arrivedBytes, decoder));
  }

  /** The listening address; if port 0 was configured, with the port that the system chose. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** The replicas that this one shares limits with. */
  public Cluster cluster() {
    return cluster;
  }

  /** Decides admission. */
  public Gate gate() {
    return gate;
  }

  /** The TLS of the public port, for another port of this gateway's; empty without TLS. */
  public Optional<ChannelHandler> tlsHandler() {
    return tls.map(ServerTls::handler);
  }

  /** Reads all watched files now and reports what came of each. */
  public List<WatchedFile.Reload> reloadFiles() throws InterruptedException {
    return watched.reload(RELOAD_TIMEOUT);
  }

  /** Why no new client should be sent here, in words; empty if there is no reason. */
  public List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    if (gate.isClosing()) {
      obstacles.add("draining");
    }
    if (!keys.arePresent()) {
      obstacles.add("keys missing");
    }
    if (!upstreams.isAnyUsable()) {
      obstacles.add("no upstream");
    }
    if (gate.isShort(0)) {
      obstacles.add("overloaded");
    }
    if (!cluster.isAnswering() && cluster.failsClosed()) {
      obstacles.add("cluster does not answer");
    }
    return obstacles;
  }

  /** Whether every event loop answers within {@code patience}. */
  public boolean isResponsive(Duration patience) {
    return sessionEnder.passEveryEventLoop(patience);
  }

  /**
   * Ends live sessions, and returns how many. Those that were admitted before the call are among
   * them; whoever must not come back is blocked before. Waits for their event loops, for seconds at
   * most.
   *
   * @param reason what their clients are told
   */
  public int endSessions(SessionSelector selector, String reason) {
    return sessionEnder.end(selector, reason);
  }

  /** The number of open WebSockets. */
  public int connections() {
    return gate.connections().total();
  }

  /** The state now; the lag of event loops is that since the last call. */
  public GatewayStatus status() {
    return new GatewayStatus(
        sessions.size(),
        connections(),
        upstreams.connections(),
        telemetry.decisions().refusals(),
        upstreams.servers() - upstreams.serversDown(),
        upstreams.serversDown(),
        held.total(),
        held.limit(),
        telemetry.takeLoopLag());
  }

  /**
   * Refuses new connections, gives live sessions {@code SHUTDOWN_GRACE_MS} to end, asks them with
   * {@code SHUTDOWN_HANDOVER} to go on at another replica, closes the others with 1001, and stops
   * when both sides of each have been told.
   */
  public void drain() throws InterruptedException {
    gate.close();
    long end = System.nanoTime() + grace.toNanos();
    long nextHandover = System.nanoTime();
    int each = Math.max(LEAST_HANDED_OVER, sessions.size() / HANDOVERS);
    while (connections() > 0 && System.nanoTime() < end) {
      if (handsOver && System.nanoTime() - nextHandover >= 0) {
        nextHandover += HANDOVER_EVERY.toNanos();
        sessionEnder.handOver(each);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    stop(() -> sessions.isEmpty() && connections() == 0 && upstreams.connections() == 0);
  }

  /** As {@link #drain}, without the grace period and without waiting for kept upstreams. */
  @Override
  public void close() {
    stop(() -> sessions.isEmpty() && connections() == 0);
  }

  private void stop(BooleanSupplier over) {
    stopping.lock();
    try {
      if (!eventLoops.isShuttingDown()) {
        gate.close();
        listener.close().awaitUninterruptibly();
        sessionEnder.endAll(over);
        closeStack.close();
      }
    } finally {
      stopping.unlock();
    }
  }
}
