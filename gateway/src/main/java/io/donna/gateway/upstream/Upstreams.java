package io.donna.gateway.upstream;

import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.telemetry.UpstreamMetrics;
import io.donna.gateway.websocket.Leg;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * Opens upstream legs, each on its client's event loop: with the first server, or with the next if
 * that one does not accept the session. Safe from any thread.
 */
public final class Upstreams {
  private final List<UpstreamServer> servers;
  private final ChannelFactory<? extends Channel> channels;
  private final Executor blocking;
  private final UpstreamMetrics metrics;
  private final AtomicInteger connections = new AtomicInteger();

  /**
   * Prepares the TLS context that all servers share.
   *
   * @param settings the servers in order of preference, at least one
   * @param channels creates sockets that the event loops support
   * @param blocking runs blocking tasks, such as the platform's name resolution
   * @param redaction receives keys that are read from files
   * @param metrics receives the attempts to open servers
   * @throws SSLException when the certificates to trust cannot be used
   */
  public Upstreams(
      List<UpstreamSettings> settings,
      ChannelFactory<? extends Channel> channels,
      Executor blocking,
      Redaction redaction,
      UpstreamMetrics metrics)
      throws SSLException {
    this.metrics = metrics;
    this.channels = () -> counted(channels.newChannel());
    this.blocking = blocking;
    Optional<CompletableFuture<SslContext>> tls =
        settings.stream().anyMatch(UpstreamSettings::isSecure)
            ? Optional.of(ClientTls.prepare(settings.getFirst().caFile(), blocking))
            : Optional.empty();
    this.servers =
        settings.stream()
            .map(one -> new UpstreamServer(one, one.isSecure() ? tls : Optional.empty(), redaction))
            .toList();
    servers.forEach(server -> metrics.follow(server.settings().name(), server::isUp));
  }

  private Channel counted(Channel opened) {
    connections.incrementAndGet();
    opened.closeFuture().addListener(closed -> connections.decrementAndGet());
    return opened;
  }

  /** The number of open upstream connections, with or without a live session. */
  public int connections() {
    return connections.get();
  }

  /** The number of configured servers. */
  public int servers() {
    return servers.size();
  }

  /** The number of servers that take no sessions: see {@link UpstreamServer#isUp}. */
  public int serversDown() {
    return (int) servers.stream().filter(server -> !server.isUp()).count();
  }

  /** Whether a server is left that has not just failed and whose keys are accepted. */
  public boolean isAnyUsable() {
    return servers.stream().anyMatch(UpstreamServer::isUp);
  }

  /**
   * Starts opening an upstream.
   *
   * @param eventLoop the client's event loop, which runs all callbacks
   * @param safetyIdentifier identifies the user, if there is one
   * @param options of the leg; the chosen server determines {@code remasks}
   * @param events receives the upstream's messages after the 101
   * @param another asked before each attempt after the first; if false, the last outcome stands
   * @param done called once, unless the opening is cancelled first
   */
  public UpstreamOpening open(
      EventLoop eventLoop,
      Target target,
      Optional<String> safetyIdentifier,
      Leg.Options options,
      Leg.Events events,
      BooleanSupplier another,
      Consumer<OpeningOutcome> done) {
    UpstreamOpening opening =
        new UpstreamOpening(
            inOrder(target),
            new UpstreamOpening.Wanted(
                eventLoop, target, safetyIdentifier, options, events, another),
            channels,
            blocking,
            metrics,
            done);
    opening.begin();
    return opening;
  }

  /**
   * The servers whose model the client may use, in the order of attempts. Servers with an open
   * breaker come last, as a server that may fail is better than none. If the client may use none,
   * returns one, so that the opening is refused.
   */
  private List<UpstreamServer> inOrder(Target target) {
    if (servers.size() == 1) {
      return servers;
    }
    List<UpstreamServer> allowed =
        servers.stream().filter(server -> server.isAllowed(target)).toList();
    if (allowed.isEmpty()) {
      return servers.subList(0, 1);
    }
    List<UpstreamServer> first = new ArrayList<>(allowed.size());
    List<UpstreamServer> last = new ArrayList<>();
    allowed.forEach(server -> (server.admits(target) ? first : last).add(server));
    first.addAll(last);
    return first;
  }
}
