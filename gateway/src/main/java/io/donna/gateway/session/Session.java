package io.donna.gateway.session;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.audit.SessionUsage;
import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.auth.User;
import io.donna.gateway.calls.Call;
import io.donna.gateway.config.AddressRange;
import io.donna.gateway.dialect.Dialect;
import io.donna.gateway.event.ClientMessage;
import io.donna.gateway.event.ClientMessage.Authenticate;
import io.donna.gateway.event.Endable;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Replies;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.metering.Spent;
import io.donna.gateway.protocol.Ending;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.relay.RefusalCount;
import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.SessionMetrics;
import io.donna.gateway.telemetry.SessionTrace;
import io.donna.gateway.upstream.OpeningOutcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A client's session from the 101 to its end. Owns the state that outlives a phase: the client's
 * leg, its identity and the token's expiry. Confined to the event loop of its channel, which the
 * upstream's leg shares.
 */
public final class Session implements Leg.Events, Relay.Owner, Endable {
  private static final String BINARY_REFUSED =
      "Expected a text WebSocket message; binary frames are not supported.";

  /** Clients that are handed over come again within this time, and not all at once. */
  private static final Duration MOST_PAUSE = Duration.ofSeconds(2);

  private static final String NO_COMMANDS =
      "Messages to the gateway itself are for /realtime. Here the token comes with the request, and"
          + " the connection is made at once.";

  private final Services services;
  private final EndpointMode mode;
  private final String endpoint;
  private final ClientAddress address;
  private final MaskedAddress ip;
  private final Instant begun;
  private final String id = UUID.randomUUID().toString();
  private final SecurityLog log;
  private final SessionInspectors inspectors;

  private final ClientDialect clientDialect;
  private final Leg client;
  private final Identity identity;
  private final Bill bill;
  private final Call call;
  private final Optional<SessionTrace> trace;
  private final Dialer dialer;
  private final FinalUsageReport settlement;
  private String account;

  /** Why an operator ended the session. */
  private Optional<String> operatorReason = Optional.empty();

  private final RefusalCount refusals = new RefusalCount();

  /** Done when it is decided whether the user may have one more session. */
  private CompletionStage<Void> counted = CompletableFuture.completedStage(null);

  private Phase phase = new Ended();

  /** The protocol under which metrics count the session now. */
  private Protocol measured;

  /** Called when the client has authenticated. */
  private Runnable welcomed = () -> {};

  /** Whether the gateway's answers wait, because the client sends but does not read. */
  private boolean answersWait;

  /**
   * A session on a channel that has sent its 101.
   *
   * @param endpoint the path that the client connected to
   * @param protocol the protocol that its request states; empty if it leaves that to the token or
   *     to a later command
   * @param target the requested path and model
   * @param dialect the dialect that the client's request states
   * @param traceParents the values of its trace context header, as they came
   */
  public Session(
      Channel channel,
      Services services,
      String endpoint,
      EndpointMode mode,
      ClientAddress address,
      Optional<Protocol> protocol,
      Target target,
      Dialect dialect,
      List<String> traceParents) {
    this.services = services;
    this.endpoint = endpoint;
    this.mode = mode;
    this.address = address;
    this.ip = address.masked();
    this.begun = services.clock().instant();
    this.log = services.log().ofSession(id);
    this.inspectors = services.inspectors().open(id);
    this.clientDialect = new ClientDialect(services, mode, dialect);
    this.bill = new Bill(services.metering(), id);
    this.call =
        new Call(
            channel.eventLoop().ticker()::nanoTime,
            services.telemetry().voice(),
            services.telemetry().inference());
    this.trace = services.tracing().map(tracing -> tracing.session(id, traceParents));
    this.client =
        Leg.towardsClient(
            channel,
            new Leg.Options(
                services.maxMessageBytes(),
                clientDialect.reader(),
                false,
                services.peerTimeouts().keepAlive(),
                services.peerTimeouts().stall(),
                services.held()),
            this);
    this.identity = new Identity(this, services, mode);
    this.account = "address " + address.limitKey().getHostAddress();
    client.setAccount(account);
    this.dialer =
        new Dialer(
            this, services, mode, clientDialect, address, protocol, target, inspectors, bill);
    this.measured = dialer.protocol();
    this.settlement = new FinalUsageReport(bill, services.kept());
  }

  /**
   * Starts the session.
   *
   * @param token the token from the request, if any; if the first message may carry it instead, the
   *     session waits for that
   */
  public void begin(Optional<String> token) {
    enter(new VerifyingToken());
    Supplier<Phase> next = mode.commands() ? this::ready : this::connecting;
    boolean required = services.tokenRequired();
    Optional<String> shown = required ? token : token.filter(Session::mayBeToken);
    boolean verifies = services.verifier().isPresent();
    if (verifies && (shown.isPresent() || (required && !mode.commands()))) {
      moveTo(identity.prove(shown, next));
    } else if (verifies && mode.commands()) {
      moveTo(required ? new AwaitingAuthentication(this) : new OfferingAuthentication(this));
    } else {
      beginWithoutToken();
      moveTo(next.get());
    }
  }

  /**
   * Tells an SDK that connected to the gateway's own protocol which path to use, as it would wait
   * for a session that nobody opens.
   *
   * @param key the API key in its handshake, used for this only and never for authentication
   */
  public void greetSdk(String key) {
    if (phase instanceof AwaitingAuthentication
        || (phase instanceof OfferingAuthentication && mayBeToken(key))) {
      new MisdirectedSdk(this).greet(key);
    } else if (phase instanceof OfferingAuthentication) {
      answer(MisdirectedSdk.greeting());
    }
  }

  /** Without required tokens, an SDK's mandatory API key may be any word, so test its format. */
  private static boolean mayBeToken(String text) {
    return text.chars().filter(c -> c == '.').count() >= 2;
  }

  /** Starts without a user, for good. */
  void beginWithoutToken() {
    identity.remainUnknown();
    beginInspection(Optional.empty(), Optional.empty());
  }

  /** Calls {@code listener} once, when the client has authenticated. */
  public void whenWelcome(Runnable listener) {
    welcomed = listener;
  }

  /** Ends an unauthenticated session because its place is needed. */
  public void makeRoom() {
    if (!isOver()) {
      refuse(
          new Farewell(
              Replies.gatewayError(
                  "overloaded", "The gateway is full, and you have not authenticated."),
              CloseReason.overloaded()));
    }
  }

  /** Ends the session because the gateway shuts down. */
  public void goAway() {
    client.close(mode.goingAway());
    over(SessionCloseReasons.GOING_AWAY);
  }

  /**
   * Asks the client to go on at another replica, unless it is in a turn, or about to get an
   * upstream; returns whether it was asked. Where a protocol has no turns, there is no moment for
   * it.
   */
  public boolean handOver() {
    boolean isCall = phase instanceof Relaying;
    if (isOver()
        || !phase.mayBeHandedOver()
        || (isCall && !dialer.protocol().hasTurns())
        || !call.isBetweenTurns()) {
      return false;
    }
    if (mode.commands()) {
      long pause = ThreadLocalRandom.current().nextLong(MOST_PAUSE.toMillis());
      answer(
          Replies.reconnect(
              user().flatMap(user -> resumeToken(user, Duration.ofMillis(pause))), pause));
    }
    close(EndpointMode.HANDED_OVER);
    return true;
  }

  private Optional<String> resumeToken(User user, Duration pause) {
    Spent spent = bill.spent();
    ResumeTokens.Progress progress =
        new ResumeTokens.Progress(inspectors.age(), spent.tokens(), spent.cost());
    return services.resumeTokens().mint(user, id, progress, pause);
  }

  /** Ends the session if its token or user has been revoked. */
  public void endIfRevoked() {
    if (!isOver()) {
      identity.endIfRevoked();
    }
  }

  /** Whether an operator means this session. */
  public boolean isSelectedBy(SessionSelector selector) {
    return switch (selector) {
      case SessionSelector.All() -> true;
      case SessionSelector.WithId(String wanted) -> id.equals(wanted);
      case SessionSelector.OfUser(String user) ->
          user().filter(it -> it.id().equals(user)).isPresent();
      case SessionSelector.OfTenant(String tenant) ->
          user().flatMap(it -> it.grants().tenant()).filter(tenant::equals).isPresent();
      case SessionSelector.OfTier(String tier) ->
          user().flatMap(it -> it.grants().tier()).filter(tier::equals).isPresent();
      case SessionSelector.FromRange(AddressRange range) -> range.contains(address.address());
    };
  }

  private Optional<User> user() {
    return identity.user();
  }

  /**
   * Ends the session because an operator says so; false if it is over already.
   *
   * @param reason what the client is told
   */
  public boolean endByOperator(String reason) {
    if (isOver()) {
      return false;
    }
    operatorReason = Optional.of(reason);
    refuse(
        new Farewell(
            Replies.gatewayError("ended_by_operator", reason),
            SessionCloseReasons.ENDED_BY_OPERATOR));
    return true;
  }

  void close(CloseReason reason) {
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

  Identity identity() {
    return identity;
  }

  boolean isOver() {
    return phase instanceof Ended;
  }

  @Override
  public EventLoop eventLoop() {
    return client.eventLoop();
  }

  MaskedAddress ip() {
    return ip;
  }

  /** The session's id in all logs. */
  String id() {
    return id;
  }

  /** The account that is charged for the session's use of shared resources. */
  String account() {
    return account;
  }

  /** Writes an event of this session to the security log. */
  public void record(SecurityEvent event) {
    log.record(event);
  }

  Phase ready() {
    return whenCounted(() -> new AwaitingConnectCommand(this));
  }

  Phase connecting() {
    return whenCounted(dialer::connect);
  }

  private Phase whenCounted(Supplier<Phase> next) {
    return counted.toCompletableFuture().isDone()
        ? next.get()
        : new AwaitingPlaces(this, counted, next);
  }

  /** Connects as a client of the gateway's own protocol asks for. */
  Phase connecting(ClientMessage.ConnectRealtime asked) {
    return whenCounted(() -> dialer.connect(asked));
  }

  /** Has the client's messages parsed strictly from now on: inspectors depend on them. */
  void readStrictly() {
    client.setInspector(clientDialect.becomeStrict());
  }

  void refuseOverloaded() {
    refuse(new Farewell(Replies.overloaded(), CloseReason.overloaded()));
  }

  void moveTo(Phase next) {
    if (!next.equals(phase)) {
      Phase left = phase;
      enter(next);
      left.leave();
      updateReading();
    }
  }

  private void enter(Phase next) {
    SessionMetrics metrics = services.telemetry().sessions();
    metrics.left(endpoint, measured.api().key(), phase.state());
    phase = next;
    measured = dialer.protocol();
    metrics.entered(endpoint, measured.api().key(), next.state());
  }

  private void over(CloseReason towardsUpstream) {
    Phase left = phase;
    enter(new Ended());
    left.end(towardsUpstream);
    dialer.closed(false);
    identity.end();
    inspectors.over();
    settlement.end();
  }

  Call call() {
    return call;
  }

  /** Empty if nothing is traced. */
  Optional<SessionTrace> trace() {
    return trace;
  }

  /** Tokens and cost so far. */
  Call.Usage usage() {
    return bill.usage()
        .map(usage -> new Call.Usage(usage.inputTokens(), usage.outputTokens(), usage.usd()))
        .orElse(Call.Usage.NONE);
  }

  /** The session as it stands. */
  SessionSnapshot view() {
    return new SessionSnapshot(
        id,
        bill.payer(),
        ip.toString(),
        endpoint,
        dialer.protocol().api().key(),
        phase.state(),
        begun,
        isOver() ? dialer.lastModel() : dialer.modelInUse(),
        isOver() ? dialer.lastServer() : dialer.server(),
        call.count(),
        call.interruptions(),
        call.lastWaitMs(),
        usage(),
        isOver()
            ? Optional.of(
                new SessionSnapshot.End(
                    services.clock().instant(),
                    client.closeReason(),
                    client.isClosedByPeer(),
                    operatorReason))
            : Optional.empty());
  }

  /** The session as it stands, with its turns. */
  SessionDetail detail() {
    return new SessionDetail(view(), call.turns());
  }

  /** Calls {@code listener} once with the session's final usage. */
  public void whenSettled(Consumer<Optional<SessionUsage>> listener) {
    settlement.whenSettled(listener);
  }

  /** Settles the usage at once, without waiting for a kept upstream. */
  public void settleNow() {
    settlement.settleNow();
  }

  /** Sends a message of the gateway itself to the client. */
  void answer(String text) {
    client.send(text);
    waitIfUnread();
  }

  /** Refuses a message; too many refusals end the session. */
  void refuseMessage(String error) {
    answer(error);
    if (refusals.areTooMany()) {
      refuse(
          new Farewell(
              Replies.gatewayError(RefusalCount.CODE, RefusalCount.MESSAGE), RefusalCount.CLOSE));
    }
  }

  private void waitIfUnread() {
    if (!client.isWritable()) {
      answersWait = true;
      updateReading();
    }
  }

  /** Sends the reason, closes, and ends the session. */
  void refuse(Farewell farewell) {
    client.send(farewell.message());
    close(farewell.close());
  }

  ClientMessage read(Message message) {
    if (message.isText() && message.length() > 2 * ClientMessage.MAX_BYTES) {
      return ClientMessage.TOO_LARGE; // before it is copied
    }
    return message.isText()
        ? ClientMessage.read(message.payload())
        : new ClientMessage.Unreadable("invalid_event", BINARY_REFUSED);
  }

  /**
   * The client has authenticated as {@code user}, to whose account later usage is charged.
   *
   * @param progress of the session that goes on here, if another replica has had it
   */
  void welcome(User user, Optional<ResumeTokens.Progress> progress) {
    welcomed.run();
    account = "user " + user.id();
    client.setAccount(account);
    dialer.begin(user);
    bill.setPayer(new Payer(user.id(), user.grants().tenant(), user.grants().tier()));
    progress.ifPresent(before -> bill.carryOver(new Spent(before.tokens(), before.usd())));
    beginInspection(Optional.of(user), progress);
  }

  /** Reduces the client's permissions to those of {@code user}; returns why this is impossible. */
  Optional<String> narrow(User user) {
    return inspectors.renew(user, dialer.model());
  }

  private void beginInspection(Optional<User> user, Optional<ResumeTokens.Progress> progress) {
    counted = inspectors.begin(user, progress, this);
    if (inspectors.seeClient()) {
      readStrictly();
    }
  }

  /** Relays the client's message unchanged, unless it is a command for the gateway. */
  Phase relayOrObey(Message message, Relay relay) {
    if (!message.isText() && clientDialect.isCommand(message)) {
      refuseMessage(Replies.gatewayError("invalid_event", BINARY_REFUSED));
      return phase;
    }
    if (message.isText()
        && dialer.protocol().hasDialects()
        && clientDialect.turnsOutToBeBeta(message)) {
      translateFromNowOn(message, relay);
      return phase;
    }
    if (!message.isText() || !clientDialect.isCommand()) {
      relay.toUpstream(message, clientDialect.type(message));
      return phase;
    }
    if (!mode.commands()) {
      refuseMessage(Replies.gatewayError("invalid_event", NO_COMMANDS));
      return phase;
    }
    switch (read(message)) {
      case Authenticate authenticate -> {
        return identity.prove(authenticate.token(), this::phase);
      }
      case ClientMessage.Unreadable(String code, String reason) ->
          refuseMessage(Replies.gatewayError(code, reason));
      case ClientMessage.ConnectRealtime _, ClientMessage.Event _ ->
          refuseMessage(
              Replies.gatewayError(
                  "already_connected", "The realtime API is connected or connecting already."));
    }
    return phase;
  }

  private void translateFromNowOn(Message message, Relay relay) {
    StrictScanner reader = clientDialect.becomeBeta();
    client.setInspector(reader);
    clientDialect.translation().ifPresent(translation -> relay.inspect(translation, reader));
    relay.toUpstream(Event.of(message.payload()));
  }

  Phase upstreamFailed(OpeningOutcome.Failed failed) {
    dialer.failed();
    refuse(
        new Farewell(
            Replies.gatewayError(failed.code(), failed.message()),
            SessionCloseReasons.UPSTREAM_FAILED));
    return phase;
  }

  @Override
  public void onUpstreamFinished() {
    if (phase instanceof Finishing finishing) {
      close(finishing.reason());
    }
  }

  @Override
  public void onUpstreamClosed(CloseReason reason) {
    if (phase instanceof Finishing finishing) {
      close(finishing.reason());
      return;
    }
    dialer.closed(true);
    CloseReason toClient = UpstreamErrors.toClient(reason, services.redaction(), id);
    if (mode.commands()) {
      answer(Replies.DISCONNECTED);
      moveTo(ready());
    } else if (reason.code() == CloseReason.ABNORMAL) {
      refuse(
          new Farewell(
              Replies.gatewayError("upstream_lost", "The connection to the upstream was lost."),
              SessionCloseReasons.UPSTREAM_FAILED));
    } else {
      close(toClient);
    }
  }

  @Override
  public void onUpstreamKept(Relay relay) {
    settlement.keep(relay, account(), eventLoop());
  }

  @Override
  public void onUpstreamReleased() {
    settlement.released();
  }

  @Override
  public void onAnswered() {
    client.flush();
    waitIfUnread();
  }

  @Override
  public void onRefused(String code) {
    services.telemetry().decisions().messageRefused(code);
  }

  @Override
  public void onEnded(String error, CloseReason reason) {
    end(error, reason);
  }

  @Override
  public void end(String error, CloseReason reason) {
    if (isOver() || phase instanceof Finishing) {
      return;
    }
    Optional<Duration> patience = dialer.protocol().ending().map(Ending::patience);
    if (patience.isPresent() && phase instanceof Relaying relaying && relaying.relay().finish()) {
      client.send(error);
      moveTo(new Finishing(this, relaying.relay(), reason, patience.get()));
    } else {
      refuse(new Farewell(error, reason));
    }
  }

  @Override
  public void onWaiting() {
    phase.onWaiting();
  }

  @Override
  public void onTooMuchWaiting() {
    refuseOverloaded();
  }

  @Override
  public void onAcceptingChanged() {
    updateReading();
  }

  void updateReading() {
    client.setReading(phase.isAccepting() && !answersWait && !identity.isAwaited());
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
    over(reason.code() == CloseReason.ABNORMAL ? SessionCloseReasons.CLIENT_GONE : reason);
  }

  @Override
  public void onFailed(CloseReason reason) {
    record(new SecurityEvent.ConnectionError(ip, reason.text()));
    over(SessionCloseReasons.CLIENT_GONE);
  }
}
