package io.donna.gateway.cli;

import io.donna.gateway.admin.AdminServer;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a gateway as a process. SIGTERM or SIGINT drains it and ends the process with status 0; a
 * second signal ends it at once.
 */
final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  /** The exit status that shells report for a process ended by SIGINT. */
  private static final int INTERRUPTED = 130;

  private Server() {}

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
   * Starts the gateway, calls {@code ready}, and blocks until the process ends.
   *
   * @param log receives security events; writes through {@code logging}
   * @param beats whether the log gets a heartbeat
   */
  static void run(Settings settings, Logging logging, SecurityLog log, boolean beats, Ready ready)
      throws IOException, InterruptedException {
    Clock clock = Clock.systemUTC();
    Transport transport = Transport.best();
    LiveFeed feed = new LiveFeed(clock);
    SecurityLog events =
        event -> {
          log.record(event);
          feed.record(event);
        };
    OperatorControls controls = OperatorControls.open(settings.admin().stateDir(), clock);
    Gateway gateway =
        Gateway.start(settings, events, clock, transport, logging.redaction(), controls.controls());
    AtomicReference<Optional<AdminServer>> admin = new AtomicReference<>(Optional.empty());
    AtomicReference<Optional<Heartbeat>> heartbeat = new AtomicReference<>(Optional.empty());
    // At once: a signal that comes before the hook ends the process without draining.
    Thread drain =
        Thread.ofPlatform()
            .name("drain")
            .unstarted(() -> drain(gateway, admin, settings.shutdownGrace(), logging, heartbeat));
    Runtime.getRuntime().addShutdownHook(drain);
    try {
      describe(gateway, logging);
      admin.set(
          startAdmin(
              settings,
              new AdminServer.Parts(
                  gateway,
                  controls,
                  feed,
                  Dashboard.routes(),
                  Donna.Version.number(),
                  events,
                  clock,
                  transport)));
    } catch (IOException | RuntimeException failed) {
      Runtime.getRuntime().removeShutdownHook(drain); // or the status would be that of a drain
      throw failed;
    }
    if (beats) {
      heartbeat.set(
          Optional.of(
              Heartbeat.start(
                  Heartbeat.INTERVAL,
                  gateway::status,
                  logging::linesLost,
                  logging.operationsLog()::record)));
    }
    ready.announce(gateway, admin.get().isPresent());
    admin.get().ifPresent(AdminServer::announceStarted);
    new CountDownLatch(1).await();
  }

  /** Metrics that only the process knows. */
  private static void describe(Gateway gateway, Logging logging) throws IOException {
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

  /** A gateway that cannot be steered as its settings say does not run. */
  private static Optional<AdminServer> startAdmin(Settings settings, AdminServer.Parts parts)
      throws IOException {
    try {
      return AdminServer.startIfOn(settings, parts);
    } catch (IOException taken) {
      parts.gateway().close();
      throw taken;
    }
  }

  private static void drain(
      Gateway gateway,
      AtomicReference<Optional<AdminServer>> admin,
      Duration grace,
      Logging logging,
      AtomicReference<Optional<Heartbeat>> heartbeat) {
    endAtOnceOnTheNextSignal();
    int live = gateway.connections();
    if (live > 0) {
      LOG.info(
          "draining: waiting up to {} s for {} {} to close; a second signal (Ctrl-C) stops at once",
          grace.toSeconds(),
          live,
          live == 1 ? "connection" : "connections");
    }
    try {
      gateway.drain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    heartbeat.get().ifPresent(Heartbeat::close);
    // Probes are answered until the last session has ended.
    admin.get().ifPresent(AdminServer::close);
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
