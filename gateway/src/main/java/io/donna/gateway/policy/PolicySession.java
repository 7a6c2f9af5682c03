package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Endable;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.LongTimer;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The policy's state of one session, across all its upstream connections: tier, session counts,
 * rate limits, budgets and timers. Confined to the session's event loop.
 */
public final class PolicySession {
  /** How often within the idle limit activity is checked. */
  private static final int IDLE_CHECKS = 4;

  private static final CompletionStage<Void> DECIDED = CompletableFuture.completedStage(null);

  private final String id;
  private final Policies policies;
  private final SessionPlaces places;
  private final WatchedBudgets watched;

  private @Nullable ScheduledFuture<?> idleTimer;
  private @Nullable LongTimer timer;
  private long enteredAt;
  private Duration ageBefore = Duration.ZERO;

  private @Nullable Endable session;

  /** The policy at the session's start, which it keeps. */
  private Optional<Policy> policy = Optional.empty();

  /** Null if the token names an unknown tier. */
  private @Nullable PolicySubject subject;

  private @Nullable SessionRateLimits rateLimits;
  private @Nullable Budgets budgets;

  /** Empty if the session is within its limits of sessions, or that is not decided yet. */
  private Optional<PolicyAdmission.Refused> objection = Optional.empty();

  private @Nullable Rules rules;

  /** The API of the session at the upstream, or of the last one. */
  private Api api = Api.REALTIME;

  /** Empty until it is needed. */
  private Optional<HiddenInstructions> hidden = Optional.empty();

  private boolean entered;
  private boolean wasActive;
  private int idleChecks;

  PolicySession(String id, Policies policies) {
    this.id = id;
    this.policies = policies;
    this.places = new SessionPlaces(policies.places());
    this.watched = new WatchedBudgets(policies.spending());
  }

  /** The session's ID in the logs. */
  String id() {
    return id;
  }

  /**
   * Starts the session once its user is known: counts it against the session limits, and starts the
   * idle timer. If a limit is reached, the session ends.
   *
   * @param user empty if no authentication is configured
   * @param before how long it has had upstreams at another replica, where it held its places; empty
   *     if it begins here
   * @param session the session to end when a time limit is reached, with or without an upstream
   * @return completes when the session limits are decided: at once, or later on its event loop if
   *     other replicas have to be asked
   */
  public CompletionStage<Void> begin(
      Optional<User> user, Optional<Duration> before, Endable session) {
    policy = policies.current();
    subject = PolicySubject.of(policy, user).orElse(null);
    this.session = session;
    if (subject == null) {
      startIdleTimer();
      return DECIDED;
    }
    ageBefore = before.orElse(Duration.ZERO);
    Optional<PolicyAdmission.Refused> refused = places.take(subject, before.isPresent());
    if (refused.isPresent()) {
      object(refused.get());
      return DECIDED;
    }
    startIdleTimer();
    CompletionStage<Void> spending = watched.watch(subject);
    return places.mustBeClaimed() || !spending.toCompletableFuture().isDone()
        ? places
            .claim(session.eventLoop(), this::object)
            .thenCombineAsync(spending, (placed, heard) -> null, session.eventLoop())
        : DECIDED;
  }

  private void object(PolicyAdmission.Refused why) {
    if (objection.isEmpty() && session != null) {
      Endable ending = session;
      objection = Optional.of(why);
      over();
      ending.eventLoop().execute(() -> ending.end(why.error(), why.close()));
    }
  }

  private void startIdleTimer() {
    Long idle = limit(LimitKind.IDLE_SECONDS);
    if (idle != null && session != null) {
      long interval = Math.max(1, TimeUnit.SECONDS.toMillis(idle) / IDLE_CHECKS);
      idleTimer =
          session
              .eventLoop()
              .scheduleAtFixedRate(this::checkIdle, interval, interval, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Applies a later token: from now on the session is limited to what all of its tokens grant.
   *
   * @param user the user with the grants of all tokens together
   * @param running the model of its upstream; empty if it has none
   * @return why the token cannot be applied, in a sentence; nothing has changed then
   */
  public Optional<String> renew(User user, Optional<String> running) {
    PolicySubject before = subject;
    Optional<PolicySubject> renewed = PolicySubject.of(policy, Optional.of(user));
    if (before == null || renewed.isEmpty() || renewed.get().tier().equals(before.tier())) {
      return Optional.empty();
    }
    Tier tier = renewed.get().tier();
    // Whether a client's messages are inspected is fixed at its start, whether its turns are gated
    // when it connects.
    if (tier.holds() != before.tier().holds()
        || (running.isPresent() && tier.gatesTurns() != before.tier().gatesTurns())) {
      return Optional.of("The token has limits that only a new session can take on.");
    }
    boolean isStream = api == Api.TRANSLATION || api == Api.LIVE;
    if (entered && isStream && !tier.guards().rules().isEmpty()) {
      return Optional.of("The token has guards, which a session of this API cannot take on.");
    }
    if (entered && api == Api.LIVE && !LiveTerms.of(tier).equals(LiveTerms.of(before.tier()))) {
      return Optional.of("The token has rules that only a new session can take on.");
    }
    if (entered && !tier.allows(api)) {
      return Optional.of("The token does not allow the API that is in use.");
    }
    if (!running.map(tier.models()::allow).orElse(true)) {
      return Optional.of("The token does not have the model that is in use.");
    }
    subject = renewed.get();
    watched.watch(renewed.get());
    if (entered) {
      startCounting(renewed.get(), before.tier().limits());
    }
    if (!tier.limits().equals(before.tier().limits())) {
      restartTimers();
    }
    return Optional.empty();
  }

  /**
   * Sets up what is counted from the first connection on; again if a renewal changed the limits.
   */
  private void startCounting(PolicySubject counted, Map<LimitKind, Long> before) {
    Tier tier = counted.tier();
    if (rateLimits == null || !tier.limits().equals(before)) {
      rateLimits = new SessionRateLimits(tier.limits(), rateLimits);
    }
    budgets = new Budgets(tier.budgets(), counted, id, policies.spending());
    rules = rulesFor(tier);
  }

  private void restartTimers() {
    if (idleTimer != null) {
      idleTimer.cancel(false);
      idleChecks = 0;
    }
    startIdleTimer();
    if (entered) {
      startTimer();
    }
  }

  /** Whether the client's messages have to be inspected; known once the session has begun. */
  public boolean seesClient() {
    return subject != null && subject.tier().holds();
  }

  private @Nullable Long limit(LimitKind limit) {
    return subject == null ? null : subject.tier().limits().get(limit);
  }

  /**
   * Decides whether the client may connect now.
   *
   * @param api the API whose session it asks for
   * @param model the model it asks for; empty if it names none, as it must where the model is
   *     named, and judged, in an event
   */
  public PolicyAdmission enter(Api api, Optional<String> model) {
    PolicySubject entering = subject;
    if (entering == null) {
      return new PolicyAdmission.Refused(
          Replies.gatewayError(
              PolicySubject.UNKNOWN_TIER.code(), PolicySubject.UNKNOWN_TIER.message()),
          PolicyCloseReasons.TIER);
    }
    if (objection.isPresent()) {
      return objection.get();
    }
    if (!entering.tier().allows(api)) {
      PolicyRefusal refusal = PolicySubject.apiRefused(api);
      return invalid(refusal.code(), refusal.message(), PolicyCloseReasons.API);
    }
    this.api = api;
    if (!entered) {
      entered = true;
      enteredAt = System.nanoTime() - ageBefore.toNanos();
      startCounting(entering, Map.of());
      startTimer();
    } else {
      rules = rulesFor(entering.tier());
    }
    recordActivity();
    Optional<PolicyRefusal> usedUp = usedUp();
    if (usedUp.isPresent()) {
      return new PolicyAdmission.Refused(
          Replies.gatewayError(usedUp.get().code(), usedUp.get().message()),
          PolicyCloseReasons.BUDGET);
    }
    return switch (api) {
      case REALTIME -> enterRealtime(entering, model);
      case TRANSCRIPTION -> admitted(entering, Optional.empty());
      case TRANSLATION -> enterTranslation(entering, model);
      case LIVE -> enterLive(entering);
    };
  }

  /** How long the session has had upstreams, here and before. */
  public Duration age() {
    return entered ? Duration.ofNanos(System.nanoTime() - enteredAt) : ageBefore;
  }

  private @Nullable Rules rulesFor(Tier tier) {
    return SessionType.of(api).map(type -> new Rules(tier, type)).orElse(null);
  }

  /** A tier's default and what it rewrites are for the models of Realtime. */
  private PolicyAdmission enterTranslation(PolicySubject entering, Optional<String> model) {
    if (!entering.tier().guards().rules().isEmpty()) {
      return invalid(
          PolicySubject.apiRefused(api).code(),
          "Your tier has guards, and what is said in a translation session is heard at once.",
          PolicyCloseReasons.API);
    }
    return policies.resolvedModels(model).anyMatch(entering.tier().models()::allow)
        ? admitted(entering, model)
        : modelRefused(model);
  }

  private PolicyAdmission enterLive(PolicySubject entering) {
    return entering.tier().guards().rules().isEmpty()
        ? admitted(entering, Optional.empty())
        : invalid(
            PolicySubject.apiRefused(api).code(),
            "Your tier has guards, and what is said in a GPT-Live session is heard at once.",
            PolicyCloseReasons.API);
  }

  private PolicyAdmission enterRealtime(PolicySubject entering, Optional<String> model) {
    ModelRules models = entering.tier().models();
    Optional<String> wanted = model.or(models::fallback);
    // The rules judge the model that a server would be asked for: a server may have its own.
    if (policies.resolvedModels(wanted).anyMatch(models::allow)) {
      return admitted(entering, wanted);
    }
    if (models.rewrites() && policies.resolvedModels(models.fallback()).anyMatch(models::allow)) {
      return admitted(entering, models.fallback());
    }
    return modelRefused(wanted);
  }

  private PolicyAdmission modelRefused(Optional<String> wanted) {
    return invalid(
        "invalid_model",
        Rules.modelRefused(wanted.orElse(policies.defaultModel())).message(),
        PolicyCloseReasons.MODEL);
  }

  /** A refusal in the API's own words. */
  private static PolicyAdmission invalid(String code, String message, CloseReason close) {
    return new PolicyAdmission.Refused(
        Replies.error("invalid_request_error", Optional.of(code), message), close);
  }

  /** Whether the client may use {@code model} now. */
  public boolean allows(String model) {
    return subject != null && subject.tier().models().allow(model);
  }

  private PolicyAdmission admitted(PolicySubject entering, Optional<String> model) {
    Tier tier = entering.tier();
    return new PolicyAdmission.Admitted(
        model,
        SessionType.of(api)
            .filter(type -> tier.holds() || !type.hasResponses())
            .map(type -> new PolicyInspector(tier, type, this)));
  }

  /** The budgets of the client; only once it was admitted. */
  public List<Budget> budgets() {
    return tier().budgets();
  }

  /** The client's tier; only once it was admitted. */
  public Tier tier() {
    return Objects.requireNonNull(subject).tier();
  }

  /** The tier's name in the policy; empty if there is no policy. */
  public Optional<String> tierName() {
    return tier().open() ? Optional.empty() : Optional.of(tier().name());
  }

  /** Ends the session's counts and timers. */
  public void over() {
    places.giveBack();
    watched.end();
    if (idleTimer != null) {
      idleTimer.cancel(false);
    }
    if (timer != null) {
      timer.cancel();
    }
  }

  /** Starts the session time limit, which runs from the first connection. */
  private void startTimer() {
    Long seconds = limit(LimitKind.SESSION_SECONDS);
    if (timer != null) {
      timer.cancel();
    }
    if (seconds != null && session != null) {
      Duration left = Duration.ofSeconds(seconds).minusNanos(System.nanoTime() - enteredAt);
      timer =
          LongTimer.start(
              session.eventLoop(), left.isNegative() ? Duration.ZERO : left, this::onTimeUsedUp);
    }
  }

  /** Ends a session of another type than was asked for: nobody has judged what it would do. */
  public static void endForeign(InspectorContext context) {
    context.end(
        Replies.gatewayError("policy_not_applied", "The upstream opens no sessions of this type."),
        PolicyCloseReasons.NOT_TAKEN);
  }

  /** Records activity in either direction. */
  public void recordActivity() {
    wasActive = true;
  }

  private void checkIdle() {
    idleChecks = wasActive ? 0 : idleChecks + 1;
    wasActive = false;
    if (idleChecks >= IDLE_CHECKS) {
      end("idle_timeout", "Nothing was said for too long.", PolicyCloseReasons.IDLE);
    }
  }

  private void onTimeUsedUp() {
    end(
        "session_expired",
        "The session has lasted as long as it may.",
        PolicyCloseReasons.TIME_USED_UP);
  }

  private void end(String code, String message, CloseReason reason) {
    if (session != null) {
      session.end(Replies.gatewayError(code, message), reason);
    }
  }

  /**
   * Removes the tier's instructions from an upstream's event, if the tier hides them. Returns
   * whether the client may have it: what cannot be parsed is withheld.
   */
  public boolean hideInstructions(Event event) {
    if (!tier().hideInstructions() || !HiddenInstructions.mayAppearIn(event.type())) {
      return true;
    }
    if (hidden.isEmpty()) {
      hidden = HiddenInstructions.of(tier());
    }
    Optional<ObjectNode> tree = event.tree();
    tree.filter(hidden.get()::removeFrom).ifPresent(event::rewrite);
    return tree.isPresent();
  }

  /** The rules for the client's messages; a renewal may have narrowed them. */
  Rules rules() {
    return Objects.requireNonNull(rules);
  }

  SessionRateLimits rateLimits() {
    return Objects.requireNonNull(rateLimits);
  }

  /** Counts a client's message of this length; false if it is over its rate. */
  public boolean takeMessage(int length) {
    return rateLimits().takeMessage(length);
  }

  /** Counts the user's speech; false if it is over its rate. */
  public boolean takeAudio(long micros) {
    return rateLimits().takeAudio(micros);
  }

  /** The refusal, if any budget is used up. */
  Optional<PolicyRefusal> usedUp() {
    return budgets == null ? Optional.empty() : budgets.usedUp();
  }

  /** Counts a response. Returns the refusal if a budget or the rate limit does not permit it. */
  public Optional<PolicyRefusal> takeResponse() {
    Optional<PolicyRefusal> usedUp = usedUp();
    if (usedUp.isPresent() || rateLimits().takeResponse()) {
      return usedUp;
    }
    return Optional.of(
        new PolicyRefusal(
            "rate_limit_exceeded", "Too many responses in a minute. Try again later."));
  }
}
