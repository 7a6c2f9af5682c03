package io.donna.gateway.session;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.OpeningRates;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.User;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.event.ClientMessage;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.Replies;
import io.donna.gateway.event.SessionUpdate;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.protocol.Ending;
import io.donna.gateway.protocol.Opening;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.protocol.ProtocolInspectors;
import io.donna.gateway.relay.Relay;
import io.donna.gateway.telemetry.GenAiAttributes;
import io.donna.gateway.upstream.OpeningOutcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.upstream.UpstreamOpening;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.PayloadInspector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Opens the upstreams of one session within its rate limits: determines the target and the
 * inspectors of each, and records the outcome. Confined to the session's event loop.
 */
final class Dialer {
  /** An upstream that closes sooner counts as a failure. */
  private static final long SHORT_LIVED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A client that exceeds this does not wait after refusals, and its session ends. */
  private static final int REFUSALS_A_MINUTE = 10;

  private final Session session;
  private final Services services;
  private final EndpointMode mode;
  private final ClientDialect clientDialect;
  private final Optional<Protocol> requested;
  private final Target target;
  private final SessionInspectors inspectors;
  private final Bill bill;
  private final OpeningRates.Session rates;
  private final CommandRateLimit refusals = new CommandRateLimit(REFUSALS_A_MINUTE);

  /** The protocol of the upstream, or of the last one. */
  private Protocol protocol;

  /** The model that the client's command names. */
  private Optional<String> commandedModel = Optional.empty();

  private @Nullable UpstreamOpening opening;
  private boolean open;
  private Optional<String> model = Optional.empty();
  private Optional<UpstreamSettings> server = Optional.empty();
  private Optional<String> lastModel = Optional.empty();
  private Optional<String> lastServer = Optional.empty();
  private long openedAt;

  Dialer(
      Session session,
      Services services,
      EndpointMode mode,
      ClientDialect clientDialect,
      ClientAddress address,
      Optional<Protocol> requested,
      Target target,
      SessionInspectors inspectors,
      Bill bill) {
    this.session = session;
    this.services = services;
    this.mode = mode;
    this.clientDialect = clientDialect;
    this.requested = requested;
    this.protocol = requested.orElse(Protocol.REALTIME);
    this.target = target;
    this.inspectors = inspectors;
    this.bill = bill;
    this.rates = services.openings().session(address);
  }

  /** Sets the user once the client has authenticated. */
  void begin(User user) {
    rates.setUser(user.id());
  }

  Protocol protocol() {
    return protocol;
  }

  /**
   * Starts opening the upstream that the request and the token ask for, or refuses; returns the
   * next phase.
   */
  Phase connect() {
    Optional<RefusedApi> refused = choose(requested, target.model());
    if (refused.isPresent()) {
      session.refuse(refused.get().farewell());
      return session.phase();
    }
    return dial();
  }

  /** As {@link #connect()}, for the upstream that a command asks for. */
  Phase connect(ClientMessage.ConnectRealtime asked) {
    Optional<Protocol> named = asked.api().flatMap(Api::named).map(Protocol::of);
    Optional<RefusedApi> refused =
        asked.api().isPresent() && named.isEmpty()
            ? Optional.of(RefusedApi.unknown(ForeignText.of(asked.api().get())))
            : choose(named, asked.model());
    if (refused.isPresent()) {
      session.refuseMessage(refused.get().error());
      return withoutUpstream();
    }
    commandedModel = asked.model();
    return dial();
  }

  /**
   * Chooses the protocol: that of the request, which a client secret's must not contradict.
   *
   * @param asked empty if the request leaves it open
   * @param model the model that the request names
   */
  private Optional<RefusedApi> choose(Optional<Protocol> asked, Optional<String> model) {
    Optional<Protocol> ofSecret =
        session
            .identity()
            .requestedSession()
            .flatMap(secret -> Api.named(secret.path("type").asString("")))
            .map(Protocol::of);
    Protocol chosen = asked.or(() -> ofSecret).orElse(Protocol.REALTIME);
    if (!ofSecret.orElse(chosen).equals(chosen)) {
      return Optional.of(RefusedApi.notOfSecret(ofSecret.get().api()));
    }
    if (!services.apis().contains(chosen.api())) {
      return Optional.of(RefusedApi.notServed(chosen.api()));
    }
    if (chosen.modelEvent().isPresent() && model.isPresent()) {
      return Optional.of(RefusedApi.modelInRequest(chosen));
    }
    protocol = chosen;
    return Optional.empty();
  }

  /** The phase of a client that was refused an upstream: it may ask again, if it is still there. */
  private Phase withoutUpstream() {
    return mode.commands() && !session.isOver() ? session.ready() : session.phase();
  }

  private Phase dial() {
    if (services.shortOfMemory().getAsBoolean()) {
      session.refuseOverloaded();
      return session.phase();
    }
    Duration wait = rates.take();
    if (!wait.isZero()) {
      refuse(wait);
      return withoutUpstream();
    }
    ConnectRequest request =
        new ConnectRequest(
            session.account(),
            session.ip(),
            session.identity().user(),
            safetyIdentifier(),
            protocol,
            wanted(),
            bill);
    return switch (inspectors.enter(request)) {
      case UpstreamAdmission.Admitted(Target admitted, List<Inspector> chain) -> {
        if (protocol.isStrict()) {
          session.readStrictly();
        }
        yield begin(admitted, inspection(chain));
      }
      case UpstreamAdmission.Refused(String error, var close) -> {
        session.refuse(new Farewell(error, close));
        yield session.phase();
      }
    };
  }

  private Phase begin(Target admitted, Relay.Inspection inspection) {
    Relay relay =
        new Relay(session.client(), services.held(), session.account(), session, inspection);
    relay.begin(prelude());
    Supplier<Phase> connecting =
        () -> new Connecting(session, this, admitted, relay, inspection.readerOfUpstream());
    return protocol.opening() instanceof Opening.ByFirstMessage opening
        ? new AwaitingStart(session, relay, opening, connecting)
        : connecting.get();
  }

  private void refuse(Duration wait) {
    session.record(
        new SecurityEvent.UpstreamRateExceeded(
            session.ip(), session.identity().user().map(User::id).orElse("unknown")));
    String error =
        Replies.gatewayError(
            "rate_limit_exceeded",
            "Connections to the realtime API are opened too often. Try again in %d s."
                .formatted(wait.plusMillis(999).toSeconds()));
    if (!mode.commands()) {
      session.refuse(new Farewell(error, SessionCloseReasons.TRY_AGAIN_LATER));
    } else if (refusals.allow()) {
      session.answer(error);
    } else {
      session.refuse(new Farewell(error, SessionCloseReasons.RATE_USED_UP));
    }
  }

  /** The inspection of messages between the client and its next upstream. */
  private Relay.Inspection inspection(List<Inspector> inspecting) {
    List<Inspector> chain = new ArrayList<>(inspecting);
    setUp().ifPresent(chain::addFirst);
    ProtocolInspectors inspectors = protocol.inspectors();
    chain.addFirst(
        inspectors.following(session.call(), services.telemetry().ofThisLoop(), session::usage));
    chain.addLast(new UpstreamErrors(services.redaction(), session.id()));
    // At the upstream's end, where it follows every generation: whatever guards hold back.
    session
        .trace()
        .flatMap(trace -> inspectors.tracing(model -> trace.upstream(server.orElseThrow(), model)))
        .ifPresent(chain::addLast);
    return new Relay.Inspection(
        protocol.hasDialects() ? clientDialect.translating(chain) : chain,
        clientDialect.strictReader(),
        new StrictScanner(),
        protocol.ending().map(Ending::patience).orElse(Relay.Inspection.USUALLY_KEPT));
  }

  /** A client secret's model is a default; the request's own comes first. */
  private Target wanted() {
    if (protocol.modelEvent().isPresent()) {
      return new Target(protocol.path(), Optional.empty());
    }
    Optional<String> model =
        session
            .identity()
            .requestedSession()
            .map(requestedSession -> requestedSession.path("model").asString(""))
            .filter(name -> !name.isEmpty());
    // The request of a client that connects by commands names a model of Realtime's.
    boolean isForAnother = mode.commands() && protocol.defaultModel().isPresent();
    Optional<String> ofRequest = isForAnother ? Optional.empty() : target.model();
    Optional<String> named = commandedModel.or(() -> ofRequest).or(() -> model);
    return new Target(
        protocol.path(),
        named.map(services.modelAliases()::resolve).or(() -> protocol.defaultModel()));
  }

  /** The configuration from a client secret, applied before the client sees the session. */
  private Optional<SessionUpdateInjector> setUp() {
    return session
        .identity()
        .requestedSession()
        .map(ObjectNode::deepCopy)
        .map(requestedSession -> requestedSession.without("model"))
        .filter(requestedSession -> requestedSession.size() > 1) // more than a type
        .map(SessionUpdateInjector::new);
  }

  /** The messages sent to the upstream before any of the client's. */
  List<String> prelude() {
    boolean isRealtime = protocol == Protocol.REALTIME;
    return isRealtime && mode.commands() && !services.defaults().isEmpty()
        ? List.of(SessionUpdate.of(services.defaults()))
        : List.of();
  }

  /** Starts opening an upstream and passes the outcome to {@code done}. */
  UpstreamOpening open(
      Target asked, Relay relay, PayloadInspector reader, Consumer<OpeningOutcome> done) {
    UpstreamOpening begun =
        services
            .upstreams()
            .open(
                session.eventLoop(),
                asked,
                safetyIdentifier(),
                new Leg.Options(
                    services.maxMessageBytes(),
                    reader,
                    false,
                    services.peerTimeouts().keepAlive(),
                    services.peerTimeouts().stall(),
                    services.held()),
                relay,
                () -> rates.take().isZero(),
                done);
    opening = begun;
    return begun;
  }

  private Optional<String> safetyIdentifier() {
    return services
        .safetyIdentifier()
        .flatMap((SafetyIdentifier identifier) -> session.identity().user().map(identifier::of));
  }

  /** Records that an upstream is open; returns the model that was asked for, if any was. */
  String opened(OpeningOutcome.Opened opened) {
    String asked = protocol.modelEvent().isPresent() ? "" : opened.model();
    open = true;
    model = Optional.of(asked).filter(name -> !name.isEmpty());
    server = Optional.of(opened.server());
    lastModel = model;
    lastServer = server();
    openedAt = now();
    opening = null;
    String provider = opened.server().provider();
    bill.setProvider(provider);
    session.call().opened(new GenAiAttributes(provider, services.metering().metricName(asked)));
    return asked;
  }

  /** The model requested from the upstream that is opening or open. */
  Optional<String> model() {
    if (protocol.opening() instanceof Opening.ByFirstMessage) {
      return open ? bill.model() : Optional.empty();
    }
    return protocol.modelEvent().isPresent()
        ? Optional.empty()
        : model.or(() -> Optional.ofNullable(opening).map(UpstreamOpening::model));
  }

  /** As {@link #model}; where an event names the model, the one that was first charged for. */
  Optional<String> modelInUse() {
    return protocol.modelEvent().isPresent() && open ? bill.model() : model();
  }

  /** The name of the server that is open. */
  Optional<String> server() {
    return server.map(UpstreamSettings::name);
  }

  /** The model of the last upstream that was open. */
  Optional<String> lastModel() {
    return protocol.modelEvent().isPresent() ? bill.model() : lastModel;
  }

  /** The name of the last server that was open. */
  Optional<String> lastServer() {
    return lastServer;
  }

  void failed() {
    opening = null;
    rates.failed();
  }

  /** The upstream has closed, by itself or with its client. */
  void closed(boolean byItself) {
    if (!open) {
      return;
    }
    open = false;
    model = Optional.empty();
    server = Optional.empty();
    if (now() - openedAt >= SHORT_LIVED_NANOS) {
      rates.succeeded();
    } else if (byItself) {
      rates.failed();
    }
  }

  private long now() {
    return session.eventLoop().ticker().nanoTime();
  }
}
