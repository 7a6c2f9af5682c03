package io.donna.gateway.cli;

import io.donna.gateway.admin.AdminServer;
import io.donna.gateway.admin.ClusterView;
import io.donna.gateway.admin.Dashboard;
import io.donna.gateway.admin.LiveFeed;
import io.donna.gateway.admin.OperatorControls;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.edge.Transport;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway with what a process has around it: the admin port, the live feed of operators, the
 * heartbeat.
 */
final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  /** The exit status that shells report for a process ended by SIGINT. */
  private static final int INTERRUPTED = 130;

  private interface AdminStart {
    Optional<AdminServer> start(Settings settings, AdminServer.Parts parts) throws IOException;
  }

  private final Settings settings;
  private final Logging logging;
  private final Clock clock = Clock.systemUTC();
  private final Transport transport = Transport.best();
  private final LiveFeed feed = new LiveFeed(clock);
  private final SecurityLog events;
  private final OperatorControls controls;
  private final Gateway gateway;
  private final ClusterView view;
  private volatile @Nullable AdminServer admin;
  private volatile @Nullable Heartbeat heartbeat;

  /** Starts the gateway alone. */
  private Server(Settings settings, Logging logging, SecurityLog log) throws IOException {
    this.settings = settings;
    this.logging = logging;
    this.events =
        event -> {
          log.record(event);
          feed.record(event);
        };
    this.controls = OperatorControls.open(settings.admin().stateDir(), clock);
    this.gateway =
        Gateway.start(settings, events, clock, transport, logging.redaction(), controls.controls());
    controls.share(gateway);
    this.view = ClusterView.start(gateway, settings, Donna.Version.number(), clock);
  }

  /** Told when the gateway and, if it could be opened, its admin port are listening. */
  @FunctionalInterface
  interface Ready {
    /**
     * Announces the gateway.
     *
     * @param adminRuns false if the admin port is off, or could not be opened
     */
    void announce(Gateway gateway, boolean adminRuns);
  }

  /**
   * Runs a gateway as a process: starts it, calls {@code ready}, and blocks until the process ends.
   * SIGTERM or SIGINT drains it and ends the process with status 0; a second signal ends it at
   * once.
   *
   * @param log receives security events; writes through {@code logging}
   * @param beats whether the log gets a heartbeat
   */
  static void run(Settings settings, Logging logging, SecurityLog log, boolean beats, Ready ready)
      throws IOException, InterruptedException {
    Server server = new Server(settings, logging, log);
    // At once: a signal that comes before the hook ends the process without draining.
    Thread drain = Thread.ofPlatform().name("drain").unstarted(server::drain);
    Runtime.getRuntime().addShutdownHook(drain);
    try {
      server.startSurroundings(AdminServer::startIfOn, beats);
    } catch (IOException | RuntimeException failed) {
      Runtime.getRuntime().removeShutdownHook(drain); // or the status would be that of a drain
      throw failed;
    }
    server.announce(ready);
    new CountDownLatch(1).await();
  }

  /**
   * Starts all that {@link #run} starts, and returns. The admin port is any free one if the
   * settings name none.
   *
   * @throws IOException when a port is not available
   */
  static Server start(Settings settings, Logging logging, Ready ready) throws IOException {
    Server server = new Server(settings, logging, logging.securityLog());
    server.startSurroundings((all, parts) -> Optional.of(AdminServer.start(all, parts)), true);
    server.announce(ready);
    return server;
  }

  Gateway gateway() {
    return gateway;
  }

  /** The admin port, if it is on. */
  Optional<AdminServer> admin() {
    return Optional.ofNullable(admin);
  }

  /** A gateway that cannot be steered as its settings say does not run. */
  private void startSurroundings(AdminStart adminStart, boolean beats) throws IOException {
    try {
      addMetricsOfProcess();
      admin =
          adminStart
              .start(
                  settings,
                  new AdminServer.Parts(
                      gateway, controls, feed, Dashboard.routes(), view, events, clock, transport))
              .orElse(null);
    } catch (IOException | RuntimeException failed) {
      gateway.close();
      throw failed;
    }
    if (beats) {
      heartbeat =
          Heartbeat.start(
              Heartbeat.INTERVAL,
              gateway::status,
              logging::linesLost,
              logging.operationsLog()::record);
    }
  }

  /** Metrics that only the process knows. */
  private void addMetricsOfProcess() throws IOException {
    gateway
        .telemetry()
        .gauge(
            "donna.build.info",
            "",
            () -> 1,
            "version",
            Donna.Version.number(),
            "jdk",
            Runtime.version().toString());
    gateway.telemetry().counter("donna.log.lines.lost", logging::linesLost);
  }

  private void announce(Ready ready) {
    AdminServer server = admin;
    ready.announce(gateway, server != null);
    if (server != null) {
      server.announceStarted();
    }
  }

  /** Ends the sessions at once; the logging goes on. */
  @Override
  public void close() {
    gateway.close();
    closeSurroundings();
  }

  private void closeSurroundings() {
    if (heartbeat != null) {
      heartbeat.close();
    }
    if (admin != null) {
      admin.close();
    }
    view.close();
  }

  private void drain() {
    endAtOnceOnTheNextSignal();
    int live = gateway.connections();
    if (live > 0) {
      LOG.info(
          "draining: waiting up to {} s for {} {} to close; a second signal (Ctrl-C) stops at once",
          settings.shutdownGrace().toSeconds(),
          live,
          live == 1 ? "connection" : "connections");
    }
    try {
      gateway.drain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Only now: probes are answered until the last session has ended.
    closeSurroundings();
    logging.stop();
    // A drained gateway has ended as requested: status 0 instead of the JVM's 143.
    Runtime.getRuntime().halt(0);
  }

  /**
   * During shutdown, the JVM ignores signals, so this installs a handler. Uses reflection because
   * javac warns about the module jdk.unsupported and Java has no other API for signals.
   */
  private static void endAtOnceOnTheNextSignal() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object halt =
          Proxy.newProxyInstance(
              handler.getClassLoader(), new Class<?>[] {handler}, Server::haltIfHandling);
      for (String name : List.of("INT", "TERM")) {
        Object one = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, one, halt);
      }
    } catch (ReflectiveOperationException | IllegalArgumentException without) {
      LOG.debug("cannot handle a second signal", without);
    }
  }

  private static @Nullable Object haltIfHandling(
      Object proxy, Method called, Object @Nullable [] arguments) {
    if (called.getName().equals("handle")) {
      Runtime.getRuntime().halt(INTERRUPTED);
    }
    return null;
  }
}
