package io.donna.gateway.audit;

import java.util.List;
import java.util.Optional;

/**
 * The kinds of security events, and what one of each means to metrics, alerts and log collectors:
 * one row a kind, so that a new kind has to say all of it. The constant's name is the event's name
 * in the log.
 */
public enum SecurityEventType {
  WS_CONNECTION_ESTABLISHED(ecs("network session", "connection start", "success")),
  WS_CONNECTION_CLOSED(ecs("network session", "connection end", "unknown")),
  WS_CONNECTION_ERROR(ecs("network", "connection error", "failure")),
  WS_CONNECTION_AUTH_TIMEOUT(
      failedSignIn().refused("authentication_timeout").authentication("timeout").attempt()),

  // Neither switch nor capacity is the fault of the address: its client tries again, as it should.
  WS_CONNECTION_BLOCKED_FEATURE_DISABLED(blocked("feature_disabled")),
  WS_CONNECTION_BLOCKED_CAPACITY(blocked("capacity")),
  // An operator knows this address already.
  WS_CONNECTION_BLOCKED_ADDRESS(blocked("blocked_address")),
  WS_CONNECTION_BLOCKED_INVALID_ORIGIN(blocked("invalid_origin").attempt()),
  WS_CONNECTION_BLOCKED_INVALID_HOST(blocked("invalid_host").attempt()),
  WS_CONNECTION_BLOCKED_RATE_LIMIT(blocked("rate_limit").attempt()),
  WS_CONNECTION_BLOCKED_CONNECTION_LIMIT(blocked("connection_limit").attempt()),
  WS_UPSTREAM_RATE_LIMIT(deniedConnection().refused("upstream_rate_limit")),

  WS_AUTH_SUCCESS(ecs("authentication", "start", "success").authentication("success")),
  WS_AUTH_FAILED_NO_TOKEN(badToken("no_token")),
  WS_AUTH_FAILED_INVALID_TOKEN(badToken("invalid_token")),
  WS_AUTH_UNAVAILABLE(unavailable()),
  WS_AUTH_REVOKED(
      ecs("authentication session", "end", "success")
          .refused("authentication")
          .authentication("revoked")),
  WS_HANDSHAKE_TOKEN_IGNORED(ecs("authentication", "info", "unknown")),
  HTTP_AUTH_FAILED(badToken("invalid_token")),
  HTTP_AUTH_UNAVAILABLE(unavailable()),

  CLIENT_SECRET_CREATED(ecs("iam", "creation", "success").authentication("success")),
  CLIENT_SECRET_REFUSED(ecs("iam", "creation", "failure").refused("client_secret")),

  WS_GUARD_MATCHED(ecs("intrusion_detection", "info", "success").ofKind("alert")),
  WS_GUARD_FAILED(ecs("intrusion_detection", "info", "failure")),

  HTTP_RATE_LIMIT_EXCEEDED(
      deniedRequest().refused("rate_limit").sign(AlertSign.RATE_LIMIT).attempt()),
  HTTP_BLOCKED_ADDRESS(deniedRequest().refused("blocked_address")),
  HTTP_BLOCKED_INVALID_HOST(deniedRequest().refused("invalid_host").attempt()),
  HTTP_BLOCKED_INVALID_ORIGIN(deniedRequest().refused("invalid_origin").attempt()),

  ADMIN_ACTION(ecs("configuration", "change", "success")),
  ADMIN_AUTH_FAILED(failedSignIn().sign(AlertSign.AUTHENTICATION_FAILURE).attempt()),

  SECURITY_ALERT(ecs("intrusion_detection", "info", "unknown").ofKind("alert")),
  OPERATIONS_ALERT(ecs("process", "info", "unknown").ofKind("alert"));

  /** What alerts count. */
  public enum AlertSign {
    NONE,
    BLOCKED_CONNECTION,
    AUTHENTICATION_FAILURE,
    RATE_LIMIT
  }

  /**
   * One row.
   *
   * @param kind the value of {@code event.kind} in the Elastic Common Schema
   * @param categories the values of its {@code event.category}, separated by a space
   * @param types the values of its {@code event.type}, separated by a space
   * @param outcome its {@code event.outcome}: {@code unknown} where the event is neither a success
   *     nor a failure
   * @param refusal why a request, a connection or a session was refused
   * @param authentication the outcome of an authentication
   * @param isAttempt whether it speaks against the address it comes from
   */
  private record Meaning(
      String kind,
      String categories,
      String types,
      String outcome,
      Optional<String> refusal,
      Optional<String> authentication,
      AlertSign sign,
      boolean isAttempt) {
    Meaning ofKind(String its) {
      return new Meaning(its, categories, types, outcome, refusal, authentication, sign, isAttempt);
    }

    Meaning refused(String reason) {
      return new Meaning(
          kind, categories, types, outcome, Optional.of(reason), authentication, sign, isAttempt);
    }

    Meaning authentication(String its) {
      return new Meaning(
          kind, categories, types, outcome, refusal, Optional.of(its), sign, isAttempt);
    }

    Meaning sign(AlertSign its) {
      return new Meaning(kind, categories, types, outcome, refusal, authentication, its, isAttempt);
    }

    Meaning attempt() {
      return new Meaning(kind, categories, types, outcome, refusal, authentication, sign, true);
    }
  }

  private final String ecsKind;
  private final String ecsCategories;
  private final String ecsTypes;
  private final String ecsOutcome;
  private final Optional<String> refusal;
  private final Optional<String> authentication;
  private final AlertSign alertSign;
  private final boolean isAttempt;

  SecurityEventType(Meaning meaning) {
    this.ecsKind = meaning.kind;
    this.ecsCategories = meaning.categories;
    this.ecsTypes = meaning.types;
    this.ecsOutcome = meaning.outcome;
    this.refusal = meaning.refusal;
    this.authentication = meaning.authentication;
    this.alertSign = meaning.sign;
    this.isAttempt = meaning.isAttempt;
  }

  private static Meaning ecs(String categories, String types, String outcome) {
    return new Meaning(
        "event",
        categories,
        types,
        outcome,
        Optional.empty(),
        Optional.empty(),
        AlertSign.NONE,
        false);
  }

  private static Meaning deniedConnection() {
    return ecs("network", "connection denied", "failure");
  }

  private static Meaning deniedRequest() {
    return ecs("network web", "access denied", "failure");
  }

  private static Meaning failedSignIn() {
    return ecs("authentication", "start", "failure");
  }

  private static Meaning blocked(String reason) {
    return deniedConnection().refused(reason).sign(AlertSign.BLOCKED_CONNECTION);
  }

  private static Meaning badToken(String outcome) {
    return failedSignIn()
        .refused("authentication")
        .authentication(outcome)
        .sign(AlertSign.AUTHENTICATION_FAILURE)
        .attempt();
  }

  private static Meaning unavailable() {
    return failedSignIn().refused("authentication_unavailable").authentication("unavailable");
  }

  /** Why a request, a connection or a session was refused; empty if none was. */
  public Optional<String> refusal() {
    return refusal;
  }

  /** The outcome of a client's authentication; empty if the event is about none. */
  public Optional<String> authentication() {
    return authentication;
  }

  public AlertSign alertSign() {
    return alertSign;
  }

  /** Whether it counts among the attempts of its address that were refused. */
  public boolean isAttempt() {
    return isAttempt;
  }

  /** Adds the classification of the Elastic Common Schema. */
  void classify(EcsFields fields) {
    fields
        .with("event.kind", ecsKind)
        .with("event.category", List.of(ecsCategories.split(" ", -1)))
        .with("event.type", List.of(ecsTypes.split(" ", -1)))
        .with("event.action", name())
        .with("event.outcome", ecsOutcome);
  }
}
