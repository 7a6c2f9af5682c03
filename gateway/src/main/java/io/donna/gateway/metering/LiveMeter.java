package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.MemberSelection;
import io.donna.gateway.event.Replies;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.policy.Budgets;
import io.donna.gateway.policy.PolicyCloseReasons;
import io.donna.gateway.policy.SpeechFormat;
import io.netty.util.concurrent.ScheduledFuture;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Meters an upstream that bills the seconds of its session. It states them so far, every 15 seconds
 * of input and at the end: the largest figure is what is charged. Between two figures the length of
 * the input says what is owed, as the session's clock is its input; it is charged as an estimate
 * only if there is no last figure. A backend's tokens are charged beside, once for each response,
 * at that model's price. Confined to the session's event loop.
 */
public final class LiveMeter implements Inspector {
  private static final long SECOND_MICROS = 1_000_000;
  private static final int MICROS_SCALE = 6;

  /** Responses of a backend that run at once; one chain runs at a time. */
  private static final int MOST_RUNNING = 16;

  /** Bytes of text that are a token, roughly, where a backend's usage is lost. */
  private static final int BYTES_PER_TOKEN = 3;

  private static final String INSUFFICIENT_QUOTA = "insufficient_quota";

  private static final Set<String> FINAL =
      Set.of("response.completed", "response.incomplete", "response.failed", "response.cancelled");

  private static final MemberSelection OF_RESPONSE =
      new MemberSelection(
          Map.of(
              "event",
              new MemberSelection(
                  Map.of(
                      "type",
                      MemberSelection.INCLUDE_ALL,
                      "response",
                      MemberSelection.of("id", "model", "status", "usage")))));

  private static final MemberSelection OF_DECISION =
      new MemberSelection(
          Map.of(
              "event",
              new MemberSelection(Map.of("decision", MemberSelection.of("model", "usage")))));

  /** A response of the backend whose usage is outstanding. */
  private static final class Running {
    final String model;
    long bytes;

    Running(String model) {
      this.model = model;
    }
  }

  private final Bill bill;
  private final int connection;
  private final BudgetTerms terms;
  private final BilledIds billed = new BilledIds();
  private final Map<String, Running> running = new LinkedHashMap<>();

  private String model = "";
  private String backend = "";
  private int bytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;
  private boolean started;

  /** Whether the last figure has come. */
  private boolean settled;

  /** Input since the start. */
  private long heardMicros;

  private long owedMicros;
  private BigDecimal stated = BigDecimal.ZERO;
  private BigDecimal charged = BigDecimal.ZERO;
  private int charges;

  /** Bytes of text that a backend may have read. */
  private long contextBytes;

  private Optional<Reservation> owed = Optional.empty();
  private @Nullable ScheduledFuture<?> checks;

  LiveMeter(Bill bill, int connection, BudgetTerms terms) {
    this.bill = bill;
    this.connection = connection;
    this.terms = terms;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    switch (event.type()) {
      case SESSION_START -> start(event);
      case SESSION_UPDATE -> {
        contextBytes += event.length();
        event
            .tree()
            .map(tree -> backendOf(tree.path("session")))
            .filter(named -> !named.isEmpty())
            .ifPresent(named -> backend = named);
      }
      case RESPONSE_ITEM_CREATE, DECISION_ITEM_CREATE -> contextBytes += event.length();
      case SESSION_INPUT_AUDIO_APPEND -> {
        // Speech before the session has started is lost at the API.
        if (started) {
          heardMicros +=
              SpeechFormat.microsOf(
                  Math.max(0, event.lengthOfString(JsonKey.AUDIO)), bytesPerSecond);
        }
      }
      default -> {}
    }
    context.toUpstream(event);
    if (heardMicros - owedMicros >= SECOND_MICROS) {
      endIfUsedUp(context);
    }
  }

  private void start(Event event) {
    event
        .tree()
        .ifPresent(tree -> {
          JsonNode session = tree.path("session");
          model = UpstreamStrings.name(session.path("model"));
          backend = backendOf(session);
          bytesPerSecond = SpeechFormat.ofLive(session);
          bill.setModel(model);
        });
    contextBytes += event.length();
  }

  private static String backendOf(JsonNode session) {
    JsonNode delegation = session.path("delegation");
    return UpstreamStrings.firstOf(
        UpstreamStrings.name(delegation.path("responses").path("model")),
        UpstreamStrings.name(delegation.path("decisions").path("model")));
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    switch (event.type()) {
      case SESSION_STARTED -> {
        if (!started) {
          started = true;
          checks =
              context
                  .eventLoop()
                  .scheduleAtFixedRate(
                      () -> endIfUsedUp(context), 1_000, 1_000, TimeUnit.MILLISECONDS);
        }
      }
      case SESSION_USAGE_UPDATED -> state(event);
      case SESSION_CLOSED -> settled = state(event) || settled;
      case SESSION_INPUT_TRANSCRIPT_DELTA, SESSION_OUTPUT_TRANSCRIPT_DELTA ->
          contextBytes += Math.max(0, event.lengthOfString(JsonKey.DELTA));
      case RESPONSE_EVENT -> onResponse(event);
      case DECISION_EVENT -> onDecision(event);
      default -> {}
    }
    context.toClient(event);
  }

  /** Reads a figure, which may be the same as the last, or lower. Returns whether there is one. */
  private boolean state(Event event) {
    Optional<BigDecimal> seconds =
        StatedUsage.ofSession(MemberSelection.of("usage").from(event).path("usage"));
    seconds.ifPresent(figure -> {
      stated = stated.max(figure);
      charge(stated, false);
    });
    return seconds.isPresent();
  }

  private static Usage seconds(BigDecimal seconds) {
    return new Usage(Tokens.NONE, Tokens.NONE, Tokens.NONE, seconds);
  }

  /** Charges what is not charged yet of {@code total} seconds. */
  private void charge(BigDecimal total, boolean isEstimated) {
    BigDecimal more = total.subtract(charged);
    if (more.signum() <= 0) {
      return;
    }
    charged = total;
    bill.charge(
        Kind.LIVE,
        connection,
        "seconds-" + ++charges,
        model,
        isEstimated ? Charge.CUT_OFF : "completed",
        isEstimated,
        seconds(more),
        owed);
    owed = Optional.empty();
    owe();
  }

  private BigDecimal heard() {
    return BigDecimal.valueOf(heardMicros, MICROS_SCALE);
  }

  /**
   * Has the seconds that no figure covers yet counted as spent, for all who spend of the budgets.
   */
  private void owe() {
    owedMicros = heardMicros;
    BigDecimal pending = heard().subtract(charged);
    bill.release(owed);
    owed = Optional.empty();
    if (pending.signum() > 0 && !settled) {
      Usage usage = seconds(pending);
      owed =
          Optional.of(bill.owe(new Spent(usage.budgetTokens(), bill.prices().cost(model, usage))));
    }
  }

  private boolean endIfUsedUp(InspectorContext context) {
    if (heardMicros != owedMicros) {
      owe();
    }
    Optional<Budget> usedUp = terms.reserves() ? bill.usedUp(terms.budgets()) : Optional.empty();
    usedUp.ifPresent(budget ->
        context.end(
            Replies.gatewayError(INSUFFICIENT_QUOTA, Budgets.usedUp(budget).message()),
            PolicyCloseReasons.BUDGET));
    return usedUp.isPresent();
  }

  private void onResponse(Event event) {
    JsonNode inner = OF_RESPONSE.from(event).path("event");
    JsonNode response = inner.path("response");
    String id = UpstreamStrings.id(response.path("id"));
    if (!response.isObject()) {
      running.values().forEach(one -> one.bytes += event.length());
      return;
    }
    String named = priced(response.path("model"));
    if (!FINAL.contains(inner.path("type").asString(""))) {
      if (!id.isEmpty() && running.size() < MOST_RUNNING) {
        running.putIfAbsent(id, new Running(named));
      }
      return;
    }
    running.remove(id);
    if (!id.isEmpty() && !billed.add(id)) {
      return;
    }
    charge(
        Kind.DELEGATION,
        id,
        named,
        UpstreamStrings.firstOf(UpstreamStrings.name(response.path("status")), "completed"),
        response.path("usage"));
  }

  private void onDecision(Event event) {
    JsonNode decision = OF_DECISION.from(event).path("event").path("decision");
    String id = event.string(JsonKey.EVENT_ID).orElse("");
    if (decision.isObject() && (id.isEmpty() || billed.add(id))) {
      charge(
          Kind.DECISION, id, priced(decision.path("model")), "completed", decision.path("usage"));
    }
  }

  /**
   * The model that the upstream names, or that the client asked for, where only that has a price.
   */
  private String priced(JsonNode stated) {
    String named = UpstreamStrings.name(stated);
    return named.isEmpty() || (!bill.prices().lists(named) && !backend.isEmpty()) ? backend : named;
  }

  private void charge(Kind kind, String id, String model, String status, JsonNode usage) {
    boolean isStated = StatedUsage.isStated(usage);
    bill.charge(
        kind,
        connection,
        id.isEmpty() || UpstreamStrings.isTooLong(id) ? bill.newId() : id,
        model,
        status,
        !isStated,
        isStated ? StatedUsage.ofText(usage) : estimate(0),
        Optional.empty());
  }

  /** From the text that the backend may have read, and the bytes of what it has sent. */
  private Usage estimate(long sent) {
    return new Usage(
        new Tokens(Math.ceilDiv(contextBytes, BYTES_PER_TOKEN), 0, 0),
        Tokens.NONE,
        new Tokens(Math.ceilDiv(sent, BYTES_PER_TOKEN), 0, 0),
        BigDecimal.ZERO);
  }

  @Override
  public boolean keepsUpstream(InspectorContext context) {
    stopChecks();
    return false;
  }

  private void stopChecks() {
    if (checks != null) {
      checks.cancel(false);
      checks = null;
    }
  }

  @Override
  public void end() {
    stopChecks();
    if (!settled) {
      charge(stated.max(heard()), true);
    }
    settled = true;
    bill.release(owed);
    running.forEach((id, one) ->
        bill.charge(
            Kind.DELEGATION,
            connection,
            UpstreamStrings.isTooLong(id) ? bill.newId() : id,
            one.model,
            Charge.CUT_OFF,
            true,
            estimate(one.bytes),
            Optional.empty()));
  }
}
