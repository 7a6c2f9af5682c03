package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.Limit;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Endable;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
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
  private final List<ScheduledFuture<?>> timers = new ArrayList<>(2);

  private @Nullable Endable live;

  /** Null where the token names a tier that there is not. */
  private @Nullable Client client;

  private @Nullable Allowances allowances;
  private @Nullable Budgets budgets;

  /** Why there was no place for it, if there was none. */
  private Optional<String> full = Optional.empty();

  private boolean entered;
  private boolean heard;
  private int silentLooks;

  PolicySession(String id, Policies policies) {
    this.id = id;
    this.policies = policies;
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
    client = Client.of(policies.current(), user).orElse(null);
    live = session;
    full = client == null ? Optional.empty() : takePlaces(client);
    if (full.isPresent()) {
      over();
      String why = full.get();
      session.eventLoop().execute(() -> end(FULL, why, Closures.SESSIONS));
      return;
    }
    Long idle = limit(Limit.IDLE_SECONDS);
    if (idle != null) {
      long look = Math.max(1, TimeUnit.SECONDS.toMillis(idle) / LOOKS);
      timers.add(
          session.eventLoop().scheduleAtFixedRate(this::look, look, look, TimeUnit.MILLISECONDS));
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
  public Admission enter(Optional<String> model) {
    Client entering = client;
    if (entering == null) {
      return new Admission.Refused(
          Replies.gatewayError(Client.UNKNOWN_TIER.code(), Client.UNKNOWN_TIER.message()),
          Closures.TIER);
    }
    if (full.isPresent()) {
      return new Admission.Refused(Replies.gatewayError(FULL, full.get()), Closures.SESSIONS);
    }
    if (!entered) {
      entered = true;
      allowances = new Allowances(entering.tier().limits());
      budgets = new Budgets(entering.tier().budgets(), entering, id, policies.spendings());
      startTime();
    }
    hear();
    Optional<Refusal> usedUp = usedUp();
    if (usedUp.isPresent()) {
      return new Admission.Refused(
          Replies.gatewayError(usedUp.get().code(), usedUp.get().message()), Closures.BUDGET);
    }
    ModelRules models = entering.tier().models();
    Optional<String> wanted = model.or(models::fallback);
    String got = wanted.orElse(policies.usualModel());
    if (models.allow(got)) {
      return admitted(entering, wanted);
    }
    if (models.rewrites()) {
      return admitted(entering, models.fallback());
    }
    return new Admission.Refused(
        Replies.error(
            "invalid_request_error",
            Optional.of("invalid_model"),
            Rules.modelRefused(got).message()),
        Closures.MODEL);
  }

  private Admission admitted(Client entering, Optional<String> model) {
    Tier tier = entering.tier();
    return new Admission.Admitted(
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
  private Optional<String> takePlaces(Client entering) {
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
    timers.forEach(timer -> timer.cancel(false));
    timers.clear();
  }

  /** From the first connection on. */
  private void startTime() {
    Long seconds = limit(Limit.SESSION_SECONDS);
    if (seconds != null && live != null) {
      timers.add(live.eventLoop().schedule(this::onTimeUsedUp, seconds, TimeUnit.SECONDS));
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
      end("idle_timeout", "Nothing was said for too long.", Closures.IDLE);
    }
  }

  private void onTimeUsedUp() {
    end("session_expired", "The session has lasted as long as it may.", Closures.TIME_USED_UP);
  }

  private void end(String code, String message, CloseReason reason) {
    if (live != null) {
      live.end(Replies.gatewayError(code, message), reason);
    }
  }

  Allowances allowances() {
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
