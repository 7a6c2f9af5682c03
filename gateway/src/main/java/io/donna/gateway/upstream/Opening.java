package io.donna.gateway.upstream;

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
  private @Nullable Attempt attempt;
  private @Nullable FirstWord listening;

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
    ApiKeys.Key key = server.keys().next();
    keysTried++;
    FirstWord firstWord = hasChoice ? new FirstWord(this, server, key, wanted) : null;
    Attempt begun =
        new Attempt(
            server,
            channels,
            new Attempt.Wanted(
                wanted.eventLoop,
                () -> server.request(wanted.target, key, wanted.safetyIdentifier),
                wanted.options.remasking(server.needsFreshMasks()),
                firstWord == null ? wanted.events : firstWord),
            outcome -> onOutcome(server, key, firstWord, outcome));
    attempt = begun;
    begun.begin(blocking);
  }

  private void onOutcome(
      Server server, ApiKeys.Key key, @Nullable FirstWord firstWord, Outcome outcome) {
    attempt = null;
    switch (outcome) {
      case Outcome.Opened(Leg leg) when firstWord != null -> {
        listening = firstWord;
        firstWord.listen(leg);
      }
      case Outcome.Opened opened -> done.accept(opened);
      case Outcome.Failed failed -> {
        if (turnsFrom(server, key, failed.fault())) {
          begin();
        } else {
          done.accept(failed);
        }
      }
    }
  }

  /** The server has taken the session. */
  void taken(Server server, Leg leg) {
    listening = null;
    server.breaker().succeeded();
    done.accept(new Outcome.Opened(leg));
  }

  /** The server has refused the session in its first word: on to the next, where there is one. */
  void turnOn() {
    listening = null;
    begin();
  }

  /** Notes the fault; whether it sends the session elsewhere, which {@link #begin} then asks. */
  boolean turnsFrom(Server server, ApiKeys.Key key, Fault fault) {
    switch (fault) {
      case CLIENT -> {
        return false;
      }
      case SERVER -> {
        if (server.breaker().failed() && servers.size() > 1) {
          LOG.warn(
              "upstream {} failed {} times in a row and rests {} s",
              server.settings().name(),
              Breaker.FAILURES,
              Breaker.REST.toSeconds());
        }
      }
      case KEY_REFUSED, KEY_EXHAUSTED -> {
        key.rest(fault == Fault.KEY_REFUSED ? ApiKeys.REFUSED_REST : ApiKeys.EXHAUSTED_REST);
        LOG.warn(
            "upstream {} {} {}",
            server.settings().name(),
            fault == Fault.KEY_REFUSED ? "does not accept" : "has no quota left for",
            key);
        if (keysTried < KEYS_TRIED && server.keys().hasAnother(key)) {
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
