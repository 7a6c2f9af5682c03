package io.donna.gateway.upstream;

import io.donna.gateway.audit.ForeignText;
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
 * Opening an upstream for one client: a server after the other, and of one whose key fails another
 * key, until one takes the session. Each is asked at most twice. Nothing of the client's is sent to
 * a server before it has, so nothing is sent twice. Confined to the client's event loop.
 *
 * <pre>
 *   attempt ──101──> first word ──event, silence──> opened
 *      │                 │
 *      └──failed──┬──error that is not the client's, close
 *                 └──> another key, the next server, or failed
 * </pre>
 */
public final class Opening {
  private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

  private static final int KEYS_TRIED = 2;

  static final String NO_SERVER = "No upstream has a model that you may use.";

  /**
   * What is to be opened.
   *
   * @param events told of what the upstream sends, once it has taken the session
   * @param another whether there may be one more try
   */
  record Wanted(
      EventLoop eventLoop,
      Target target,
      Optional<String> safetyIdentifier,
      Leg.Options options,
      Leg.Events events,
      BooleanSupplier another) {}

  private final List<Server> servers;
  private final Wanted wanted;
  private final ChannelFactory<? extends Channel> channels;
  private final Executor blocking;
  private final Consumer<Outcome> done;

  /** Whether there is any other to turn to, so that a first word is worth waiting for. */
  private final boolean hasChoice;

  private int at;
  private int keysTried;
  private @Nullable OpeningAttempt attempt;
  private @Nullable FirstEventCheck listening;

  Opening(
      List<Server> servers,
      Wanted wanted,
      ChannelFactory<? extends Channel> channels,
      Executor blocking,
      Consumer<Outcome> done) {
    this.servers = servers;
    this.wanted = wanted;
    this.channels = channels;
    this.blocking = blocking;
    this.done = done;
    this.hasChoice = servers.size() > 1 || servers.getFirst().keys().size() > 1;
  }

  void begin() {
    Server server = servers.get(at);
    if (!server.isAllowed(wanted.target)) {
      // What the client may ask for has become less since the servers were chosen.
      done.accept(new Outcome.Failed("invalid_model", NO_SERVER, OpeningFault.CLIENT));
      return;
    }
    String model = server.modelFor(wanted.target);
    ApiKeys.Key key = server.keys().next(server.blameFor(wanted.target));
    keysTried++;
    FirstEventCheck firstWord = hasChoice ? new FirstEventCheck(this, server, key, wanted) : null;
    OpeningAttempt begun =
        new OpeningAttempt(
            server,
            channels,
            new OpeningAttempt.Wanted(
                wanted.eventLoop,
                () -> server.request(wanted.target, key, wanted.safetyIdentifier),
                model,
                wanted.options.remasking(server.needsFreshMasks()),
                firstWord == null ? wanted.events : firstWord),
            outcome -> onOutcome(server, key, firstWord, outcome));
    attempt = begun;
    begun.begin(blocking);
  }

  /** The model that is being asked for. */
  public String model() {
    return servers.get(at).modelFor(wanted.target);
  }

  private void onOutcome(
      Server server, ApiKeys.Key key, @Nullable FirstEventCheck firstWord, Outcome outcome) {
    boolean asked = attempt != null && attempt.wasAsked();
    attempt = null;
    switch (outcome) {
      case Outcome.Opened opened when firstWord != null -> {
        listening = firstWord;
        firstWord.listen(opened);
      }
      case Outcome.Opened opened -> done.accept(opened);
      case Outcome.Failed failed -> {
        if (turnsFrom(server, key, failed.fault(), asked)) {
          begin();
        } else {
          done.accept(failed);
        }
      }
    }
  }

  /** The server has taken the session. */
  void taken(Server server, Outcome.Opened opened) {
    listening = null;
    server.succeeded(wanted.target);
    done.accept(opened);
  }

  /** The server has refused the session in its first word: on to the next, where there is one. */
  void turnOn() {
    listening = null;
    begin();
  }

  /**
   * Notes the fault; whether it sends the session elsewhere, which {@link #begin} then asks.
   *
   * @param asked whether the server had been asked for the model, which may then be to blame
   */
  boolean turnsFrom(Server server, ApiKeys.Key key, OpeningFault fault, boolean asked) {
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
      case SERVER -> noteFailure(server, blame);
      case KEY_REFUSED, KEY_EXHAUSTED -> {
        key.rest(
            fault == OpeningFault.KEY_REFUSED ? ApiKeys.REFUSED_REST : ApiKeys.EXHAUSTED_REST,
            blame);
        LOG.warn(
            "upstream {} {} {}{}",
            server.settings().name(),
            fault == OpeningFault.KEY_REFUSED ? "rejected" : "reports no quota left for",
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

  private void noteFailure(Server server, String blame) {
    if (server.failed(blame) && servers.size() > 1) {
      LOG.warn(
          "upstream {} failed {} times in a row and is not used for {} s{}",
          server.settings().name(),
          Breaker.FAILURES,
          Breaker.REST.toSeconds(),
          forModel(blame));
    }
  }

  private static String forModel(String blame) {
    return blame.equals(ApiKeys.OWN_MODEL) ? "" : " for model " + ForeignText.of(blame);
  }

  /** Gives up; a server that has answered, or soon does, is told {@code reason}. */
  public void cancel(CloseReason reason) {
    if (attempt != null) {
      attempt.cancel(reason);
    }
    if (listening != null) {
      listening.cancel(reason);
    }
  }
}
