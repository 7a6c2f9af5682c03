package io.donna.gateway.session;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification;
import io.donna.gateway.dialect.Dialect;
import io.donna.gateway.dialect.Translation;
import io.donna.gateway.dialect.Translator;
import io.donna.gateway.realtime.ClientMessage;
import io.donna.gateway.realtime.ClientMessage.Authenticate;
import io.donna.gateway.realtime.Command;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventScanner;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.realtime.SessionUpdate;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.relay.Relay;
import io.donna.gateway.upstream.Attempt;
import io.donna.gateway.upstream.Outcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import io.donna.gateway.websocket.Utf8Inspector;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client from its 101 to its end. Holds what outlives a phase: the client's leg, who the client
 * is and until when. Confined to the event loop of its channel, which its upstream's leg shares.
 */
public final class Session implements Leg.Events, Relay.Owner {
  private static final String BINARY_REFUSED =
      "Expected a text WebSocket message; binary frames are not supported.";

  /** What is larger is relayed as it is: no page of the beta's days says so much at once. */
  private static final int LARGEST_SESSION_UPDATE = 1 << 20;

  /** A token may say that it holds for ever; no timer does. */
  private static final Duration LONGEST_TIMER = Duration.ofDays(30);

  private final Services services;
  private final Manner manner;
  private final MaskedAddress ip;
  private final Target target;
  private final SessionInspectors inspectors;

  /** Finds commands where no inspector sees what clients say; null where there are none to find. */
  private @Nullable EventScanner scanner;

  /** Reads what clients say where an inspector sees it. */
  private @Nullable StrictScanner strictScanner;

  private Dialect dialect;

  private final Leg client;

  private Phase phase = new Over();
  private Optional<User> user = Optional.empty();
  private @Nullable ScheduledFuture<?> expiry;

  private final Map<Class<?>, Long> lastRecorded = new HashMap<>(2);

  /** Set when answers of ours pile up, as the client asks but does not read. */
  private boolean answersWait;

  /**
   * A session on a channel that has sent its 101.
   *
   * @param target what it asks the upstream for
   * @param dialect what the client's request says it speaks
   */
  public Session(
      Channel channel,
      Services services,
      Manner manner,
      ClientAddress address,
      Target target,
      Dialect dialect) {
    this.services = services;
    this.manner = manner;
    this.ip = address.masked();
    this.target = target;
    this.inspectors = services.inspectors().open(UUID.randomUUID().toString());
    this.dialect = services.dialects().clients().orElse(dialect);
    boolean inspected = services.inspectors().seeClients() || isTranslated();
    this.strictScanner = inspected ? new StrictScanner() : null;
    this.scanner = !inspected && manner.commands() ? new EventScanner() : null;
    this.client =
        Leg.towardsClient(
            channel,
            new Leg.Options(
                services.maxMessageBytes(), inspectorOfPayload(), false, services.keepAlive()),
            this);
  }

  private PayloadInspector inspectorOfPayload() {
    if (strictScanner != null) {
      return strictScanner;
    }
    return scanner != null ? scanner : new Utf8Inspector();
  }

  /** Begins where the client's first message authenticates it, if anything is to. */
  public void begin() {
    phase = services.verifier().isPresent() ? new AwaitingAuthentication(this) : ready();
    updateReading();
  }

  /** Begins with the token that came with the request; relays at once if it holds. */
  public void begin(Optional<String> token) {
    if (services.verifier().isPresent() && !authenticate(new Authenticate(token))) {
      return;
    }
    phase = connecting();
    updateReading();
  }

  /** Ends the session, as when the gateway itself goes away. */
  public void end(CloseReason reason) {
    client.close(reason);
    over(reason);
  }

  public Leg client() {
    return client;
  }

  Phase phase() {
    return phase;
  }

  Services services() {
    return services;
  }

  EventLoop eventLoop() {
    return client.eventLoop();
  }

  MaskedAddress ip() {
    return ip;
  }

  void record(SecurityEvent event) {
    services.log().record(event);
  }

  Phase ready() {
    return new Ready(this);
  }

  Phase connecting() {
    return switch (inspectors.enter(new Participant(user, target))) {
      case Entry.Admitted(Target admitted, List<Inspector> row) ->
          new Connecting(this, admitted, inspection(row));
      case Entry.Refused(String error, CloseReason close) -> {
        refuse(error, close);
        yield phase;
      }
    };
  }

  private Relay.Inspection inspection(List<Inspector> row) {
    return new Relay.Inspection(
        Translation.around(row, dialect, services.dialects().upstream()),
        strictScanner,
        services.inspectors().seeUpstreams() || isTranslated() ? new StrictScanner() : null);
  }

  void moveTo(Phase next) {
    if (!next.equals(phase)) {
      Phase left = phase;
      phase = next;
      left.leave();
      updateReading();
    }
  }

  private void over(CloseReason towardsUpstream) {
    phase.end(towardsUpstream);
    phase = new Over();
    inspectors.over();
    if (expiry != null) {
      expiry.cancel(false);
    }
  }

  /** Says something of the gateway's own to the client. */
  void answer(String text) {
    client.send(text);
    waitIfUnread();
  }

  private void waitIfUnread() {
    if (!client.isWritable()) {
      answersWait = true;
      updateReading();
    }
  }

  /** Says why, closes, and ends the session. */
  void refuse(String text, CloseReason reason) {
    client.send(text);
    end(reason);
  }

  ClientMessage read(Message message) {
    if (message.isText() && message.length() > 2 * ClientMessage.MAX_BYTES) {
      return ClientMessage.TOO_LARGE; // before it is copied
    }
    return message.isText()
        ? ClientMessage.read(message.payload())
        : new ClientMessage.Unreadable("invalid_event", BINARY_REFUSED);
  }

  /** Whether the client is now the user it says; where it is not, it has been told. */
  boolean authenticate(Authenticate authenticate) {
    Optional<TokenVerifier> verifier = services.verifier();
    if (verifier.isEmpty()) {
      answer(Replies.NOT_CONFIGURED);
      return false;
    }
    if (authenticate.token().isEmpty()) {
      recordAtMostOnceASecond(new SecurityEvent.AuthFailedNoToken(ip));
      if (manner.commands()) {
        answer(Replies.TOKEN_REQUIRED);
      } else {
        refuse(manner.invalidToken(), manner.invalidTokenClose());
      }
      return false;
    }
    return switch (verifier.get().verify(authenticate.token().get())) {
      case Verification.Verified(User claimed) when isSameUser(claimed) -> {
        welcome(claimed);
        yield true;
      }
      case Verification.Verified another -> {
        reject("another user's token");
        yield false;
      }
      case Verification.Rejected(String error) -> {
        reject(error);
        yield false;
      }
    };
  }

  /** A later token renews the session; it cannot hand it to somebody else. */
  private boolean isSameUser(User claimed) {
    return user.isEmpty() || user.get().id().equals(claimed.id());
  }

  private void welcome(User verified) {
    user = Optional.of(verified);
    recordAtMostOnceASecond(new SecurityEvent.AuthSuccess(ip, verified.id()));
    if (manner.commands()) {
      answer(Replies.AUTH_SUCCESS);
    }
    if (expiry != null) {
      expiry.cancel(false);
    }
    verified
        .expiry()
        .ifPresent(until -> {
          Duration left = Duration.between(services.clock().instant(), until);
          if (left.compareTo(LONGEST_TIMER) < 0) {
            expiry =
                eventLoop().schedule(this::onTokenExpired, left.toMillis(), TimeUnit.MILLISECONDS);
          }
        });
  }

  /** For what a client can make happen as often as it likes without being ended. */
  private void recordAtMostOnceASecond(SecurityEvent event) {
    long now = System.nanoTime();
    Long last = lastRecorded.get(event.getClass());
    if (last == null || now - last > TimeUnit.SECONDS.toNanos(1)) {
      lastRecorded.put(event.getClass(), now);
      record(event);
    }
  }

  private void reject(String error) {
    record(new SecurityEvent.AuthFailedInvalidToken(ip, error));
    refuse(manner.invalidToken(), manner.invalidTokenClose());
  }

  private void onTokenExpired() {
    refuse(manner.tokenExpired(), manner.tokenExpiredClose());
  }

  /**
   * Begins to open an upstream, which is handed to {@code done} for the relay to be opened with.
   */
  Attempt openUpstream(Target asked, Relay relay, PayloadInspector reader, Consumer<Outcome> done) {
    Optional<String> safetyIdentifier =
        services
            .safetyIdentifier()
            .flatMap((SafetyIdentifier identifier) -> user.map(identifier::of));
    return services
        .upstreams()
        .open(
            eventLoop(),
            asked,
            safetyIdentifier,
            new Leg.Options(
                services.maxMessageBytes(),
                reader,
                services.upstreams().needsFreshMasks(),
                services.keepAlive()),
            relay,
            done);
  }

  private boolean isTranslated() {
    return dialect != services.dialects().upstream();
  }

  /**
   * A page written for the founding server shows only by the shape of its first events that it
   * speaks the beta. From then on it is translated for.
   */
  private boolean turnsOutToSpeakBeta(Message message) {
    boolean watched =
        manner.commands()
            && dialect == Dialect.GA
            && services.dialects().clients().isEmpty()
            && message.length() <= LARGEST_SESSION_UPDATE;
    boolean shapesSession = scanner != null ? scanner.shapesSession() : isStrictlyShaping();
    return watched
        && shapesSession
        && Event.of(message.payload())
            .tree()
            .filter(event -> Dialect.of(event) == Dialect.BETA)
            .isPresent();
  }

  private boolean isStrictlyShaping() {
    return strictScanner != null
        && strictScanner.fault() == Fault.NONE
        && switch (strictScanner.type()) {
          case SESSION_UPDATE, RESPONSE_CREATE, TRANSCRIPTION_SESSION_UPDATE -> true;
          default -> false;
        };
  }

  private void translateFromNowOn(Message message, Relay relay) {
    dialect = Dialect.BETA;
    StrictScanner reader = strictScanner != null ? strictScanner : new StrictScanner();
    strictScanner = reader;
    scanner = null;
    client.setInspector(reader);
    Translator.between(Dialect.BETA, Dialect.GA)
        .ifPresent(translator -> relay.inspect(new Translation(translator), reader));
    relay.toUpstream(Event.of(message.payload()));
  }

  /** What the upstream is sent before anything of the client's. */
  List<String> prelude() {
    return manner.commands() && !services.defaults().isEmpty()
        ? List.of(SessionUpdate.of(services.defaults()))
        : List.of();
  }

  /** The client's message goes on as it is, unless it is for the gateway. */
  Phase relayOrObey(Message message, Relay relay) {
    if (manner.commands() && !message.isText() && readsAsCommand(message)) {
      answer(Replies.gatewayError("invalid_event", BINARY_REFUSED));
      return phase;
    }
    if (message.isText() && turnsOutToSpeakBeta(message)) {
      translateFromNowOn(message, relay);
      return phase;
    }
    if (!message.isText() || !isCommand()) {
      relay.toUpstream(message);
      return phase;
    }
    switch (read(message)) {
      case Authenticate authenticate -> authenticate(authenticate);
      case ClientMessage.Unreadable(String code, String reason) ->
          answer(Replies.gatewayError(code, reason));
      case ClientMessage.ConnectRealtime _, ClientMessage.Event _ ->
          answer(
              Replies.gatewayError(
                  "already_connected", "The realtime API is connected or connecting already."));
    }
    return phase;
  }

  /** Whether the text message at hand is for the gateway. */
  private boolean isCommand() {
    if (scanner != null) {
      return scanner.command() != Command.NONE;
    }
    // What has a fault goes to the relay, to be refused there.
    return manner.commands()
        && strictScanner != null
        && strictScanner.fault() == Fault.NONE
        && Command.named(strictScanner.type()) != Command.NONE;
  }

  /** The scanner reads text only; a command and its token must not slip by as binary. */
  private static boolean readsAsCommand(Message binary) {
    return binary.length() <= 2 * ClientMessage.MAX_BYTES
        && switch (ClientMessage.read(binary.payload())) {
          case Authenticate _, ClientMessage.ConnectRealtime _ -> true;
          case ClientMessage.Event _, ClientMessage.Unreadable _ -> false;
        };
  }

  Phase upstreamFailed(Outcome.Failed failed) {
    refuse(Replies.gatewayError(failed.code(), failed.message()), Closures.UPSTREAM_FAILED);
    return phase;
  }

  @Override
  public void onUpstreamClosed(CloseReason reason) {
    if (manner.commands()) {
      answer(Replies.DISCONNECTED);
      moveTo(ready());
    } else if (reason.code() == CloseReason.ABNORMAL) {
      refuse(
          Replies.gatewayError("upstream_lost", "The connection to the upstream was lost."),
          Closures.UPSTREAM_FAILED);
    } else {
      end(reason);
    }
  }

  @Override
  public void onAnswered() {
    client.flush();
    waitIfUnread();
  }

  @Override
  public void onEnded(String error, CloseReason reason) {
    refuse(error, reason);
  }

  @Override
  public void onAcceptingChanged() {
    updateReading();
  }

  private void updateReading() {
    client.setReading(phase.isAccepting() && !answersWait);
  }

  @Override
  public void onMessage(Message message) {
    moveTo(phase.onMessage(message));
  }

  @Override
  public void onBurstEnd() {
    phase.onBurstEnd();
  }

  @Override
  public void onWritabilityChanged(boolean writable) {
    phase.onClientWritabilityChanged(writable);
    if (writable && answersWait) {
      answersWait = false;
      updateReading();
    }
  }

  @Override
  public void onClosed(CloseReason reason) {
    over(reason.code() == CloseReason.ABNORMAL ? Closures.CLIENT_GONE : reason);
  }

  @Override
  public void onFailed(CloseReason reason) {
    record(new SecurityEvent.ConnectionError(ip, reason.text()));
    over(Closures.CLIENT_GONE);
  }
}
