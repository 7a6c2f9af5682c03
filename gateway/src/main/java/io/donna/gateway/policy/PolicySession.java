package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.Limit;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Endable;
import io.donna.gateway.realtime.LongTimer;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session under a policy, through however many upstreams: its tier, its places, what it may
 * still send, and its time. Confined to the session's event loop.
 */
public final class PolicySession {
  /** How often within the idle time it is looked whether anything was said. */
  private static final int LOOKS = 4;

  private static final String FULL = "too_many_sessions";

  private final String id;
  private final Policies policies;
  private final List<String> taken = new ArrayList<>(2);

  private @Nullable ScheduledFuture<?> idleTime;
  private @Nullable LongTimer time;
  private long enteredAt;

  private @Nullable Endable live;

  /** The policy that it began with, which it keeps. */
  private Optional<Policy> policy = Optional.empty();

  /** Null where the token names a tier that there is not. */
  private @Nullable PolicySubject client;

  private @Nullable SessionRateLimits allowances;
  private @Nullable Budgets budgets;

  /** Why there was no place for it, if there was none. */
  private Optional<String> full = Optional.empty();

  private @Nullable Rules rules;
  private boolean entered;
  private boolean heard;
  private int silentLooks;

  PolicySession(String id, Policies policies) {
    this.id = id;
    this.policies = policies;
  }

  /** The session's id in the logs. */
  String id() {
    return id;
  }

  /**
   * It is known whose session this is: it takes its places, and its time of silence counts. Where
   * there is no place left, it ends.
   *
   * @param user empty where no authentication is configured
   * @param session this one, which is ended when its time is used up, whether or not there is an
   *     upstream then
   */
  public void begin(Optional<User> user, Endable session) {
    policy = policies.current();
    client = PolicySubject.of(policy, user).orElse(null);
    live = session;
    full = client == null ? Optional.empty() : takePlaces(client);
    if (full.isPresent()) {
      over();
      String why = full.get();
      session.eventLoop().execute(() -> end(FULL, why, PolicyCloseReasons.SESSIONS));
      return;
    }
    startIdleTime();
  }

  private void startIdleTime() {
    Long idle = limit(Limit.IDLE_SECONDS);
    if (idle != null && live != null) {
      long look = Math.max(1, TimeUnit.SECONDS.toMillis(idle) / LOOKS);
      idleTime =
          live.eventLoop().scheduleAtFixedRate(this::look, look, look, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * A later token has renewed the session: from now on it is held to what all of its tokens grant.
   *
   * @param user as all of them together have it
   * @param running the model of its upstream; empty where it has none
   * @return why it cannot be, in a sentence; nothing has changed then
   */
  public Optional<String> renew(User user, Optional<String> running) {
    PolicySubject before = client;
    Optional<PolicySubject> renewed = PolicySubject.of(policy, Optional.of(user));
    if (before == null || renewed.isEmpty() || renewed.get().tier().equals(before.tier())) {
      return Optional.empty();
    }
    Tier tier = renewed.get().tier();
    // How a client is read and its turns are answered is settled when it begins, and connects.
    if (tier.holds() != before.tier().holds()
        || (running.isPresent() && tier.gatesTurns() != before.tier().gatesTurns())) {
      return Optional.of("The token has limits that only a new session can take on.");
    }
    if (!running.map(tier.models()::allow).orElse(true)) {
      return Optional.of("The token does not have the model that is in use.");
    }
    client = renewed.get();
    if (entered) {
      startCounting(renewed.get(), before.tier().limits());
    }
    if (!tier.limits().equals(before.tier().limits())) {
      restartTimes();
    }
    return Optional.empty();
  }

  /** What is counted from the first connection on, and anew where the limits are others. */
  private void startCounting(PolicySubject counted, Map<Limit, Long> before) {
    Tier tier = counted.tier();
    if (allowances == null || !tier.limits().equals(before)) {
      allowances = new SessionRateLimits(tier.limits(), allowances);
    }
    budgets = new Budgets(tier.budgets(), counted, id, policies.spendings());
    rules = new Rules(tier);
  }

  private void restartTimes() {
    if (idleTime != null) {
      idleTime.cancel(false);
      silentLooks = 0;
    }
    startIdleTime();
    if (entered) {
      startTime();
    }
  }

  /** Whether what the client says has to be seen; known once the session has begun. */
  public boolean seesClient() {
    return client != null && client.tier().holds();
  }

  private @Nullable Long limit(Limit limit) {
    return client == null ? null : client.tier().limits().get(limit);
  }

  /**
   * Whether the client may be connected now.
   *
   * @param model that it asks for; empty where it names none
   */
  public PolicyAdmission enter(Optional<String> model) {
    PolicySubject entering = client;
    if (entering == null) {
      return new PolicyAdmission.Refused(
          Replies.gatewayError(
              PolicySubject.UNKNOWN_TIER.code(), PolicySubject.UNKNOWN_TIER.message()),
          PolicyCloseReasons.TIER);
    }
    if (full.isPresent()) {
      return new PolicyAdmission.Refused(
          Replies.gatewayError(FULL, full.get()), PolicyCloseReasons.SESSIONS);
    }
    if (!entered) {
      entered = true;
      enteredAt = System.nanoTime();
      startCounting(entering, Map.of());
      startTime();
    }
    hear();
    Optional<Refusal> usedUp = usedUp();
    if (usedUp.isPresent()) {
      return new PolicyAdmission.Refused(
          Replies.gatewayError(usedUp.get().code(), usedUp.get().message()),
          PolicyCloseReasons.BUDGET);
    }
    ModelRules models = entering.tier().models();
    Optional<String> wanted = model.or(models::fallback);
    // Judged is what a server would really be asked for, which may have a model of its own.
    if (policies.asked(wanted).anyMatch(models::allow)) {
      return admitted(entering, wanted);
    }
    if (models.rewrites() && policies.asked(models.fallback()).anyMatch(models::allow)) {
      return admitted(entering, models.fallback());
    }
    return new PolicyAdmission.Refused(
        Replies.error(
            "invalid_request_error",
            Optional.of("invalid_model"),
            Rules.modelRefused(wanted.orElse(policies.usualModel())).message()),
        PolicyCloseReasons.MODEL);
  }

  /** Whether the client may use {@code model} now. */
  public boolean allows(String model) {
    return client != null && client.tier().models().allow(model);
  }

  private PolicyAdmission admitted(PolicySubject entering, Optional<String> model) {
    Tier tier = entering.tier();
    return new PolicyAdmission.Admitted(
        model, tier.holds() ? Optional.of(new PolicyInspector(tier, this)) : Optional.empty());
  }

  /** What the client's spending is held to; only of one that was let in. */
  public List<Budget> budgets() {
    return tier().budgets();
  }

  /** The tier that the client has; only of one that was let in. */
  public Tier tier() {
    return Objects.requireNonNull(client).tier();
  }

  /** How the policy calls that tier; empty where there is no policy. */
  public Optional<String> tierName() {
    return tier().open() ? Optional.empty() : Optional.of(tier().name());
  }

  /** Takes a place in each count that is limited; says which has none left. */
  private Optional<String> takePlaces(PolicySubject entering) {
    Tier tier = entering.tier();
    Long ofUser = tier.limits().get(Limit.SESSIONS_PER_USER);
    if (ofUser != null && !takePlace("user " + entering.user(), ofUser)) {
      return Optional.of("You have as many sessions as you may have at once: " + ofUser + ".");
    }
    Long ofTier = tier.limits().get(Limit.SESSIONS);
    if (ofTier != null && !takePlace("tier " + tier.name(), ofTier)) {
      return Optional.of("There are too many sessions at the moment. Try again later.");
    }
    return Optional.empty();
  }

  private boolean takePlace(String who, long most) {
    boolean had = policies.places().take(who, most);
    if (had) {
      taken.add(who);
    }
    return had;
  }

  /** The session is over. */
  public void over() {
    taken.forEach(policies.places()::giveBack);
    taken.clear();
    if (idleTime != null) {
      idleTime.cancel(false);
    }
    if (time != null) {
      time.cancel();
    }
  }

  /** From the first connection on. */
  private void startTime() {
    Long seconds = limit(Limit.SESSION_SECONDS);
    if (time != null) {
      time.cancel();
    }
    if (seconds != null && live != null) {
      Duration left = Duration.ofSeconds(seconds).minusNanos(System.nanoTime() - enteredAt);
      time =
          LongTimer.start(
              live.eventLoop(), left.isNegative() ? Duration.ZERO : left, this::onTimeUsedUp);
    }
  }

  /** A message has passed. */
  void hear() {
    heard = true;
  }

  private void look() {
    silentLooks = heard ? 0 : silentLooks + 1;
    heard = false;
    if (silentLooks >= LOOKS) {
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
    if (live != null) {
      live.end(Replies.gatewayError(code, message), reason);
    }
  }

  /** By which what the client says is judged; a renewal may have made them narrower. */
  Rules rules() {
    return Objects.requireNonNull(rules);
  }

  SessionRateLimits allowances() {
    return Objects.requireNonNull(allowances);
  }

  /** Why nothing more may be asked for, if it may not. */
  Optional<Refusal> usedUp() {
    return budgets == null ? Optional.empty() : budgets.usedUp();
  }

  /** Why there may be no response now; where there may be, it counts. */
  Optional<Refusal> takeResponse() {
    Optional<Refusal> usedUp = usedUp();
    if (usedUp.isPresent() || allowances().takeResponse()) {
      return usedUp;
    }
    return Optional.of(
        new Refusal("rate_limit_exceeded", "Too many responses in a minute. Try again later."));
  }
}
