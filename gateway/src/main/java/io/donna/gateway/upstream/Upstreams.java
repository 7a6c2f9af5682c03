package io.donna.gateway.upstream;

import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.UpstreamSettings;
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
 * Opens upstream legs, each on the event loop of its client: with the first of the servers there
 * are, and with the next where that one does not take the session. Safe from any thread.
 */
public final class Upstreams {
  private final List<Server> servers;
  private final ChannelFactory<? extends Channel> channels;
  private final Executor blocking;
  private final AtomicInteger connections = new AtomicInteger();

  /**
   * Prepares TLS, which all of them share.
   *
   * @param settings the servers in order of preference, at least one
   * @param channels sockets of the kind that the event loops drive
   * @param blocking runs what waits, such as the platform's name resolution
   * @param redaction told of the keys that are read from files
   * @throws SSLException when the certificates to trust cannot be used
   */
  public Upstreams(
      List<UpstreamSettings> settings,
      ChannelFactory<? extends Channel> channels,
      Executor blocking,
      Redaction redaction)
      throws SSLException {
    this.channels = () -> counted(channels.newChannel());
    this.blocking = blocking;
    Optional<CompletableFuture<SslContext>> tls =
        settings.stream().anyMatch(UpstreamSettings::isSecure)
            ? Optional.of(ClientTls.prepare(settings.getFirst().caFile(), blocking))
            : Optional.empty();
    this.servers =
        settings.stream()
            .map(one -> new Server(one, one.isSecure() ? tls : Optional.empty(), redaction))
            .toList();
  }

  private Channel counted(Channel opened) {
    connections.incrementAndGet();
    opened.closeFuture().addListener(closed -> connections.decrementAndGet());
    return opened;
  }

  /** Those to upstreams that are not closed yet, whether their sessions still are or not. */
  public int connections() {
    return connections.get();
  }

  /**
   * Begins to open an upstream.
   *
   * @param eventLoop the client's; everything happens on it
   * @param safetyIdentifier stands for the user, where there is one
   * @param options of the leg; {@code remasks} is known to the server that is chosen
   * @param events told of what the upstream sends, from the 101 on
   * @param another asked before each try after the first; where it says no, the last stands
   * @param done told once, unless the opening is cancelled first
   */
  public Opening open(
      EventLoop eventLoop,
      Target target,
      Optional<String> safetyIdentifier,
      Leg.Options options,
      Leg.Events events,
      BooleanSupplier another,
      Consumer<Outcome> done) {
    Opening opening =
        new Opening(
            inOrder(target),
            new Opening.Wanted(eventLoop, target, safetyIdentifier, options, events, another),
            channels,
            blocking,
            done);
    opening.begin();
    return opening;
  }

  /**
   * Those whose model the client may use. Those that rest come last, as a server that may fail is
   * better than none; where the client may use none, one stands for all, to be refused.
   */
  private List<Server> inOrder(Target target) {
    if (servers.size() == 1) {
      return servers;
    }
    List<Server> allowed = servers.stream().filter(server -> server.isAllowed(target)).toList();
    if (allowed.isEmpty()) {
      return servers.subList(0, 1);
    }
    List<Server> first = new ArrayList<>(allowed.size());
    List<Server> last = new ArrayList<>();
    allowed.forEach(server -> (server.admits(target) ? first : last).add(server));
    first.addAll(last);
    return first;
  }
}
