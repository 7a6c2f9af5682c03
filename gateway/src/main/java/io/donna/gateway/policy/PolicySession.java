package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.policy.Limit;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Passage;
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

  private static final Refusal EXPIRED =
      new Refusal("session_expired", "The session has lasted as long as it may.");

  private final String id;
  private final Policies policies;
  private final List<String> taken = new ArrayList<>(2);
  private final List<ScheduledFuture<?>> timers = new ArrayList<>(2);

  private @Nullable Client client;
  private @Nullable Allowances allowances;
  private @Nullable Budgets budgets;
  private @Nullable Passage passage;
  private boolean timeUsedUp;
  private boolean heard;
  private int silentLooks;

  PolicySession(String id, Policies policies) {
    this.id = id;
    this.policies = policies;
  }

  /**
   * Whether the client may be connected now.
   *
   * @param user empty where no authentication is configured
   * @param model that it asks for; empty where it names none
   */
  public Admission enter(Optional<User> user, Optional<String> model) {
    Optional<Client> known =
        client != null ? Optional.of(client) : Client.of(policies.current(), user);
    if (known.isEmpty()) {
      return new Admission.Refused(
          Replies.gatewayError(Client.UNKNOWN_TIER.code(), Client.UNKNOWN_TIER.message()),
          Closures.TIER);
    }
    Client entering = known.get();
    if (client == null) {
      Optional<String> full = takePlaces(entering);
      if (full.isPresent()) {
        over();
        return new Admission.Refused(
            Replies.gatewayError("too_many_sessions", full.get()), Closures.SESSIONS);
      }
      client = entering;
      allowances = new Allowances(entering.tier().limits());
      budgets = new Budgets(entering.tier().budgets(), entering, id, policies.spendings());
    }
    if (timeUsedUp) {
      return new Admission.Refused(
          Replies.gatewayError(EXPIRED.code(), EXPIRED.message()), Closures.TIME_USED_UP);
    }
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
    return new Admission.Admitted(model, new PolicyInspector(entering.tier(), this));
  }

  /** The tier that the client has; only of one that was let in. */
  public String tier() {
    return Objects.requireNonNull(client).tier().name();
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

  /** An upstream is being opened. */
  void connected(Passage through) {
    passage = through;
    if (client != null && timers.isEmpty()) {
      Long seconds = client.tier().limits().get(Limit.SESSION_SECONDS);
      if (seconds != null) {
        timers.add(through.eventLoop().schedule(this::onTimeUsedUp, seconds, TimeUnit.SECONDS));
      }
      Long idle = client.tier().limits().get(Limit.IDLE_SECONDS);
      if (idle != null) {
        long look = TimeUnit.SECONDS.toMillis(idle) / LOOKS;
        timers.add(
            through.eventLoop().scheduleAtFixedRate(this::look, look, look, TimeUnit.MILLISECONDS));
      }
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
    timeUsedUp = true;
    end(EXPIRED.code(), EXPIRED.message(), Closures.TIME_USED_UP);
  }

  private void end(String code, String message, CloseReason reason) {
    if (passage != null) {
      passage.end(Replies.gatewayError(code, message), reason);
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
