package io.donna.gateway.session;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.OpeningRates;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.User;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.realtime.SessionUpdate;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.relay.Relay;
import io.donna.gateway.upstream.Opening;
import io.donna.gateway.upstream.Outcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.PayloadInspector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Opens the upstreams of one session, as often as it may: what each is asked for, who looks at what
 * passes, and how it went. Confined to the session's event loop.
 */
final class Dialer {
  /** An upstream that ends sooner has not been of use. */
  private static final long SHORT_LIVED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Who asks more often for what it was just refused is not waiting. */
  private static final int REFUSALS_A_MINUTE = 10;

  private final Session session;
  private final Services services;
  private final EndpointMode mode;
  private final ClientDialect speech;
  private final Target target;
  private final SessionInspectors inspectors;
  private final Bill bill;
  private final OpeningRates.Session rates;
  private final CommandRateLimit refusals = new CommandRateLimit(REFUSALS_A_MINUTE);

  private @Nullable Opening opening;
  private boolean open;
  private Optional<String> model = Optional.empty();
  private long openedAt;

  Dialer(
      Session session,
      Services services,
      EndpointMode mode,
      ClientDialect speech,
      ClientAddress address,
      Target target,
      SessionInspectors inspectors,
      Bill bill) {
    this.session = session;
    this.services = services;
    this.mode = mode;
    this.speech = speech;
    this.target = target;
    this.inspectors = inspectors;
    this.bill = bill;
    this.rates = services.openings().session(address);
  }

  /** It is known whose session this is. */
  void begin(User user) {
    rates.setUser(user.id());
  }

  /** Begins to open an upstream, or says why not; returns the phase that follows. */
  Phase connect() {
    if (services.shortOfMemory().getAsBoolean()) {
      session.refuseOverloaded();
      return session.phase();
    }
    Duration wait = rates.take();
    if (!wait.isZero()) {
      refuse(wait);
      return session.phase();
    }
    ConnectRequest participant =
        new ConnectRequest(
            session.account(), session.ip(), session.identity().user(), wanted(), bill);
    return switch (inspectors.enter(participant)) {
      case UpstreamAdmission.Admitted(Target admitted, List<Inspector> row) ->
          new Connecting(session, this, admitted, inspection(row));
      case UpstreamAdmission.Refused(String error, var close) -> {
        session.refuse(new Farewell(error, close));
        yield session.phase();
      }
    };
  }

  private void refuse(Duration wait) {
    session.recordAtMostOnceASecond(
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

  /** Who looks at what passes between this client and its next upstream. */
  private Relay.Inspection inspection(List<Inspector> inspecting) {
    List<Inspector> row = new ArrayList<>(inspecting);
    setUp().ifPresent(row::addFirst);
    row.addLast(new UpstreamErrors(services.redaction(), session.id()));
    return new Relay.Inspection(
        speech.translating(row), speech.strictReader(), new StrictScanner());
  }

  /** A client secret's model is a default; the request's own comes first. */
  private Target wanted() {
    Optional<String> model =
        session
            .identity()
            .wish()
            .map(wish -> wish.path("model").asString(""))
            .filter(name -> !name.isEmpty());
    Optional<String> named = target.model().or(() -> model);
    return new Target(target.path(), named.map(services.modelAliases()::resolve));
  }

  /** How the session is set up before its client sees it, where a client secret says how. */
  private Optional<SessionSetUp> setUp() {
    return session
        .identity()
        .wish()
        .map(ObjectNode::deepCopy)
        .map(wish -> wish.without("model"))
        .filter(wish -> wish.size() > 1) // more than a type
        .map(SessionSetUp::new);
  }

  /** What the upstream is sent before anything of the client's. */
  List<String> prelude() {
    return mode.commands() && !services.defaults().isEmpty()
        ? List.of(SessionUpdate.of(services.defaults()))
        : List.of();
  }

  /** Begins to open an upstream, which is handed to {@code done}. */
  Opening open(Target asked, Relay relay, PayloadInspector reader, Consumer<Outcome> done) {
    Optional<String> safetyIdentifier =
        services
            .safetyIdentifier()
            .flatMap(
                (SafetyIdentifier identifier) -> session.identity().user().map(identifier::of));
    Opening begun =
        services
            .upstreams()
            .open(
                session.eventLoop(),
                asked,
                safetyIdentifier,
                new Leg.Options(
                    services.maxMessageBytes(),
                    reader,
                    false,
                    services.patience().keepAlive(),
                    services.patience().stall(),
                    services.held()),
                relay,
                () -> rates.take().isZero(),
                done);
    opening = begun;
    return begun;
  }

  void opened(Outcome.Opened opened) {
    open = true;
    model = Optional.of(opened.model());
    openedAt = now();
    opening = null;
  }

  /** The model that an upstream is asked for, while it opens and while it is open. */
  Optional<String> model() {
    return model.or(() -> Optional.ofNullable(opening).map(Opening::model));
  }

  void failed() {
    opening = null;
    rates.failed();
  }

  /** The upstream is gone, by itself or with its client. */
  void closed(boolean byItself) {
    if (!open) {
      return;
    }
    open = false;
    model = Optional.empty();
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
