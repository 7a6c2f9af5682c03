package io.donna.gateway.upstream;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.telemetry.UpstreamMetrics;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens an upstream for one client: tries the servers in order, and another key if a server's key
 * fails, until one accepts the session. Tries each server at most twice. Sends no client data
 * before a server has accepted, so nothing is sent twice. Confined to the client's event loop.
 *
 * <pre>
 *   attempt ──101──> first event ──event, silence──> opened
 *      │                 │
 *      └──failed──┬──error that is not the client's, close
 *                 └──> another key, the next server, or failed
 * </pre>
 */
public final class UpstreamOpening {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamOpening.class);

  private static final int KEYS_TRIED = 2;

  static final String NO_SERVER = "No upstream has a model that you may use.";

  /**
   * The parameters of an opening.
   *
   * @param events receives the upstream's messages once it has accepted the session
   * @param another whether one more attempt is allowed
   */
  record Wanted(
      EventLoop eventLoop,
      Target target,
      Optional<String> safetyIdentifier,
      Leg.Options options,
      Leg.Events events,
      BooleanSupplier another) {}

  private final List<UpstreamServer> servers;
  private final Wanted wanted;
  private final ChannelFactory<? extends Channel> channels;
  private final Executor blocking;
  private final UpstreamMetrics metrics;
  private final Consumer<OpeningOutcome> done;

  /**
   * Whether there is an alternative, and the upstream speaks first, so that the first event is
   * worth waiting for.
   */
  private final boolean hasChoice;

  private int at;
  private int keysTried;
  private @Nullable OpeningAttempt attempt;
  private @Nullable FirstEventCheck listening;

  UpstreamOpening(
      List<UpstreamServer> servers,
      Wanted wanted,
      ChannelFactory<? extends Channel> channels,
      Executor blocking,
      UpstreamMetrics metrics,
      Consumer<OpeningOutcome> done) {
    this.servers = servers;
    this.wanted = wanted;
    this.channels = channels;
    this.blocking = blocking;
    this.metrics = metrics;
    this.done = done;
    this.hasChoice =
        !wanted.target.isSilent() && (servers.size() > 1 || servers.getFirst().keys().size() > 1);
  }

  void begin() {
    UpstreamServer server = servers.get(at);
    if (!server.isAllowed(wanted.target)) {
      // The client's permissions have been reduced since the servers were chosen.
      done.accept(new OpeningOutcome.Failed("invalid_model", NO_SERVER, OpeningFault.CLIENT));
      return;
    }
    String model = server.modelFor(wanted.target);
    ApiKeys.Key key = server.keys().next(server.blameFor(wanted.target));
    keysTried++;
    long begin = System.nanoTime();
    FirstEventCheck firstEventCheck =
        hasChoice ? new FirstEventCheck(this, server, key, wanted) : null;
    OpeningAttempt begun =
        new OpeningAttempt(
            server,
            channels,
            new OpeningAttempt.Wanted(
                wanted.eventLoop,
                () -> server.request(wanted.target, key, wanted.safetyIdentifier),
                model,
                wanted.options.remasking(server.needsFreshMasks()),
                firstEventCheck == null ? wanted.events : firstEventCheck),
            outcome -> {
              metrics.attempted(
                  server.settings().name(), label(outcome, server), System.nanoTime() - begin);
              onOutcome(server, key, firstEventCheck, outcome);
            });
    attempt = begun;
    begun.begin(blocking);
  }

  private String label(OpeningOutcome outcome, UpstreamServer server) {
    return switch (outcome) {
      case OpeningOutcome.Opened _ -> UpstreamMetrics.OPENED;
      case OpeningOutcome.Failed failed when isSpoiltByClient(failed.fault(), server) ->
          UpstreamMetrics.CLIENT_ERROR;
      case OpeningOutcome.Failed failed -> failed.code();
    };
  }

  /** Whether what the client asked for explains the failure; it may name a model that is not. */
  private boolean isSpoiltByClient(OpeningFault fault, UpstreamServer server) {
    return switch (fault) {
      case CLIENT -> true;
      case MODEL, NOT_FOUND, FORBIDDEN -> !server.blameFor(wanted.target).equals(ApiKeys.OWN_MODEL);
      case SERVER, KEY_REFUSED, KEY_EXHAUSTED -> false;
    };
  }

  /** The model that is being requested. */
  public String model() {
    return servers.get(at).modelFor(wanted.target);
  }

  private void onOutcome(
      UpstreamServer server,
      ApiKeys.Key key,
      @Nullable FirstEventCheck firstEventCheck,
      OpeningOutcome outcome) {
    boolean asked = attempt != null && attempt.wasAsked();
    attempt = null;
    switch (outcome) {
      case OpeningOutcome.Opened opened when firstEventCheck != null -> {
        listening = firstEventCheck;
        firstEventCheck.listen(opened);
      }
      case OpeningOutcome.Opened opened -> {
        if (wanted.target.isSilent()) {
          server.succeeded(wanted.target);
        }
        done.accept(opened);
      }
      case OpeningOutcome.Failed failed -> {
        if (turnsFrom(server, key, failed.fault(), asked)) {
          begin();
        } else {
          done.accept(failed);
        }
      }
    }
  }

  /** The server has accepted the session. */
  void taken(UpstreamServer server, OpeningOutcome.Opened opened) {
    listening = null;
    server.succeeded(wanted.target);
    done.accept(opened);
  }

  /** The server has refused the session in its first event; tries the next. */
  void turnOn() {
    listening = null;
    begin();
  }

  /**
   * Records the fault; returns whether to try another key or server, which {@link #begin} then
   * does.
   *
   * @param asked whether the request for the model had been sent, so that the model may be the
   *     cause
   */
  boolean turnsFrom(UpstreamServer server, ApiKeys.Key key, OpeningFault fault, boolean asked) {
    String blame = asked ? server.blameFor(wanted.target) : ApiKeys.OWN_MODEL;
    switch (fault) {
      case CLIENT -> {
        return false;
      }
      case MODEL -> {
        if (server.takesModelOf(wanted.target)) {
          return false;
        }
        noteFailure(server, blame);
      }
      case SERVER, NOT_FOUND -> noteFailure(server, blame);
      case KEY_REFUSED, FORBIDDEN, KEY_EXHAUSTED -> {
        boolean refused = fault != OpeningFault.KEY_EXHAUSTED;
        key.rest(refused ? ApiKeys.REFUSED_REST : ApiKeys.EXHAUSTED_REST, blame);
        LOG.warn(
            "upstream {} {} {}{}",
            server.settings().name(),
            refused ? "rejected" : "reports no quota left for",
            key,
            forModel(blame));
        if (keysTried < KEYS_TRIED && server.keys().hasAnother(key, blame)) {
          return wanted.another.getAsBoolean();
        }
      }
    }
    if (at + 1 < servers.size() && wanted.another.getAsBoolean()) {
      at++;
      keysTried = 0;
      return true;
    }
    return false;
  }

  private void noteFailure(UpstreamServer server, String blame) {
    if (server.failed(blame) && servers.size() > 1) {
      LOG.warn(
          "upstream {} failed {} times in a row and is not used for {} s{}",
          server.settings().name(),
          CircuitBreaker.FAILURES,
          CircuitBreaker.REST.toSeconds(),
          forModel(blame));
    }
  }

  private static String forModel(String blame) {
    return blame.equals(ApiKeys.OWN_MODEL) ? "" : " for model " + ForeignText.of(blame);
  }

  /** Cancels the opening; a server that has answered, or answers soon, is sent {@code reason}. */
  public void cancel(CloseReason reason) {
    if (attempt != null) {
      attempt.cancel(reason);
    }
    if (listening != null) {
      listening.cancel(reason);
    }
  }
}
