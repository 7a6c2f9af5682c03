package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * The events of the security log. Fields are those that the contract lists and no others: no event
 * can hold a token, a key or a message. Component names are the log's keys, in this order.
 */
public sealed interface SecurityEvent {
  /** The client's address; {@link MaskedAddress#NONE} of an event that no client caused. */
  MaskedAddress ip();

  /** The kind of the event, also where it is wrapped. */
  default SecurityEventType type() {
    return switch (this) {
      case Repeated(SecurityEvent last, int _) -> last.type();
      case OfSession(SecurityEvent event, String _) -> event.type();
      case ConnectionEstablished _ -> SecurityEventType.WS_CONNECTION_ESTABLISHED;
      case ConnectionClosed _ -> SecurityEventType.WS_CONNECTION_CLOSED;
      case ConnectionError _ -> SecurityEventType.WS_CONNECTION_ERROR;
      case ConnectionAuthTimeout _ -> SecurityEventType.WS_CONNECTION_AUTH_TIMEOUT;
      case ConnectionBlockedFeatureDisabled _ ->
          SecurityEventType.WS_CONNECTION_BLOCKED_FEATURE_DISABLED;
      case ConnectionBlockedAddress _ -> SecurityEventType.WS_CONNECTION_BLOCKED_ADDRESS;
      case ConnectionBlockedInvalidOrigin _ ->
          SecurityEventType.WS_CONNECTION_BLOCKED_INVALID_ORIGIN;
      case ConnectionBlockedInvalidHost _ -> SecurityEventType.WS_CONNECTION_BLOCKED_INVALID_HOST;
      case ConnectionBlockedRateLimit _ -> SecurityEventType.WS_CONNECTION_BLOCKED_RATE_LIMIT;
      case ConnectionBlockedConnectionLimit _ ->
          SecurityEventType.WS_CONNECTION_BLOCKED_CONNECTION_LIMIT;
      case ConnectionBlockedCapacity _ -> SecurityEventType.WS_CONNECTION_BLOCKED_CAPACITY;
      case UpstreamRateExceeded _ -> SecurityEventType.WS_UPSTREAM_RATE_LIMIT;
      case AuthSuccess _ -> SecurityEventType.WS_AUTH_SUCCESS;
      case AuthFailedNoToken _ -> SecurityEventType.WS_AUTH_FAILED_NO_TOKEN;
      case AuthFailedInvalidToken _ -> SecurityEventType.WS_AUTH_FAILED_INVALID_TOKEN;
      case AuthUnavailable _ -> SecurityEventType.WS_AUTH_UNAVAILABLE;
      case AuthRevoked _ -> SecurityEventType.WS_AUTH_REVOKED;
      case HandshakeTokenIgnored _ -> SecurityEventType.WS_HANDSHAKE_TOKEN_IGNORED;
      case HttpAuthFailed _ -> SecurityEventType.HTTP_AUTH_FAILED;
      case HttpAuthUnavailable _ -> SecurityEventType.HTTP_AUTH_UNAVAILABLE;
      case ClientSecretCreated _ -> SecurityEventType.CLIENT_SECRET_CREATED;
      case ClientSecretRefused _ -> SecurityEventType.CLIENT_SECRET_REFUSED;
      case GuardMatched _ -> SecurityEventType.WS_GUARD_MATCHED;
      case GuardFailed _ -> SecurityEventType.WS_GUARD_FAILED;
      case RateLimitExceeded _ -> SecurityEventType.HTTP_RATE_LIMIT_EXCEEDED;
      case BlockedInvalidHost _ -> SecurityEventType.HTTP_BLOCKED_INVALID_HOST;
      case BlockedInvalidOrigin _ -> SecurityEventType.HTTP_BLOCKED_INVALID_ORIGIN;
      case BlockedAddress _ -> SecurityEventType.HTTP_BLOCKED_ADDRESS;
      case AdminAction _ -> SecurityEventType.ADMIN_ACTION;
      case AdminAuthFailed _ -> SecurityEventType.ADMIN_AUTH_FAILED;
      case SecurityAlert _ -> SecurityEventType.SECURITY_ALERT;
      case OperationsAlert _ -> SecurityEventType.OPERATIONS_ALERT;
    };
  }

  /** The event's name in the log. */
  default String event() {
    return type().name();
  }

  /**
   * Whether it names the user of a valid token. Such an event never shares a limit with those that
   * anybody can cause: a stolen token would be tested unseen between tokens that are none.
   */
  default boolean namesUser() {
    return switch (this) {
      case Repeated(SecurityEvent last, int _) -> last.namesUser();
      case OfSession(SecurityEvent event, String _) -> event.namesUser();
      case AuthFailedInvalidToken failed -> failed.userId.isPresent();
      case HandshakeTokenIgnored ignored -> ignored.userId.isPresent();
      case UpstreamRateExceeded _,
          AuthSuccess _,
          AuthRevoked _,
          ClientSecretCreated _,
          ClientSecretRefused _,
          GuardMatched _,
          GuardFailed _ ->
          true;
      case ConnectionEstablished _,
          ConnectionClosed _,
          ConnectionError _,
          ConnectionAuthTimeout _,
          ConnectionBlockedFeatureDisabled _,
          ConnectionBlockedAddress _,
          ConnectionBlockedInvalidOrigin _,
          ConnectionBlockedInvalidHost _,
          ConnectionBlockedRateLimit _,
          ConnectionBlockedConnectionLimit _,
          ConnectionBlockedCapacity _,
          AuthFailedNoToken _,
          AuthUnavailable _,
          HttpAuthFailed _,
          HttpAuthUnavailable _,
          RateLimitExceeded _,
          BlockedInvalidHost _,
          BlockedInvalidOrigin _,
          BlockedAddress _,
          AdminAction _,
          AdminAuthFailed _,
          SecurityAlert _,
          OperationsAlert _ ->
          false;
    };
  }

  /** The event itself, without its session and its count. */
  default SecurityEvent unwrapped() {
    return switch (this) {
      case Repeated(SecurityEvent last, int _) -> last.unwrapped();
      case OfSession(SecurityEvent event, String _) -> event.unwrapped();
      default -> this;
    };
  }

  /** Names what it shares limits with: its kind, apart for events that name a user. */
  default String limitName() {
    return namesUser() ? event() + " of users" : event();
  }

  /**
   * Whose event it is among those of its address, if known: a session's, else a user's. The events
   * of each guard are apart, so that none hides another.
   */
  default Optional<String> subject() {
    return switch (this) {
      case Repeated(SecurityEvent last, int _) -> last.subject();
      case OfSession(GuardMatched matched, String session) ->
          Optional.of(session + " " + matched.on + " " + matched.guard);
      case OfSession(GuardFailed failed, String session) ->
          Optional.of(session + " " + failed.on + " " + failed.guard);
      case OfSession(SecurityEvent _, String session) -> Optional.of(session);
      case ClientSecretCreated created -> Optional.of(created.userId);
      case ClientSecretRefused refused -> Optional.of(refused.userId);
      default -> Optional.empty();
    };
  }

  /** The most lines a second for one subject. */
  default int linesASecondOfSubject() {
    return switch (unwrapped()) {
      case GuardMatched _, GuardFailed _ -> 1; // the client decides how many there are
      default -> OF_SUBJECT;
    };
  }

  /**
   * The most lines a second for one address. Events that a client can cause at no cost get one;
   * events of admitted clients, which stand for people, get {@value #OF_ADMITTED}.
   */
  default int linesASecond() {
    return switch (this) {
      case OfSession(SecurityEvent event, String _) -> event.linesASecond();
      case AuthRevoked _, AdminAction _ -> Integer.MAX_VALUE; // an operator causes it
      case SecurityAlert _, OperationsAlert _ -> Integer.MAX_VALUE; // the cool-down limits them
      case UpstreamRateExceeded _ -> 1; // nobody learns anything from it
      case ConnectionEstablished _, ConnectionClosed _ -> OF_ADMITTED;
      default -> namesUser() ? OF_ADMITTED : 1;
    };
  }

  /** Lines a second per address for events that only admitted clients cause. */
  int OF_ADMITTED = 50;

  /**
   * Lines a second for one session, or one user: a client that renews its token in a loop must not
   * take the lines of those that share its address.
   */
  int OF_SUBJECT = 5;

  /**
   * An event of a session.
   *
   * @param session the session's id, the same in all of its events and in the usage log
   */
  record OfSession(@JsonUnwrapped SecurityEvent of, String session) implements SecurityEvent {
    @Override
    public MaskedAddress ip() {
      return of.ip();
    }
  }

  /**
   * Events that were suppressed.
   *
   * @param last the newest one
   * @param repeated their number
   */
  record Repeated(@JsonUnwrapped SecurityEvent last, int repeated) implements SecurityEvent {
    @Override
    public MaskedAddress ip() {
      return last.ip();
    }
  }

  record ConnectionEstablished(MaskedAddress ip, int totalConnections) implements SecurityEvent {}

  /** Includes the usage of a session that requested an upstream. */
  record ConnectionClosed(
      MaskedAddress ip,
      int code,
      String reason,
      int remainingConnections,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<SessionUsage> usage)
      implements SecurityEvent {}

  record ConnectionError(MaskedAddress ip, String error) implements SecurityEvent {}

  record ConnectionAuthTimeout(MaskedAddress ip) implements SecurityEvent {}

  record ConnectionBlockedFeatureDisabled(MaskedAddress ip) implements SecurityEvent {}

  /** An operator has blocked the address. */
  record ConnectionBlockedAddress(MaskedAddress ip) implements SecurityEvent {}

  record ConnectionBlockedInvalidOrigin(MaskedAddress ip, String origin) implements SecurityEvent {}

  record ConnectionBlockedInvalidHost(MaskedAddress ip, String host) implements SecurityEvent {}

  record ConnectionBlockedRateLimit(MaskedAddress ip) implements SecurityEvent {}

  record ConnectionBlockedConnectionLimit(MaskedAddress ip, int currentConnections, int maxAllowed)
      implements SecurityEvent {}

  record ConnectionBlockedCapacity(MaskedAddress ip) implements SecurityEvent {}

  /** A client exceeded the rate of upstream openings. */
  record UpstreamRateExceeded(MaskedAddress ip, String userId) implements SecurityEvent {}

  record AuthSuccess(MaskedAddress ip, String userId) implements SecurityEvent {}

  record AuthFailedNoToken(MaskedAddress ip) implements SecurityEvent {}

  /** A token was refused; its user is known if it is valid but not accepted here. */
  record AuthFailedInvalidToken(
      MaskedAddress ip,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> userId,
      String error)
      implements SecurityEvent {}

  record AuthUnavailable(MaskedAddress ip, String error) implements SecurityEvent {}

  record AuthRevoked(MaskedAddress ip, String userId) implements SecurityEvent {}

  /**
   * A token came in the handshake of {@code /realtime} as an SDK's API key, which does not
   * authenticate there: its user, or why it is invalid.
   */
  record HandshakeTokenIgnored(
      MaskedAddress ip,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> userId,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> error)
      implements SecurityEvent {}

  record HttpAuthFailed(MaskedAddress ip, String path, String error) implements SecurityEvent {}

  record HttpAuthUnavailable(MaskedAddress ip, String path, String error)
      implements SecurityEvent {}

  record ClientSecretCreated(MaskedAddress ip, String userId) implements SecurityEvent {}

  /** The token is valid; {@code error} is the code of the answer. */
  record ClientSecretRefused(MaskedAddress ip, String userId, String error)
      implements SecurityEvent {}

  /** A guard matched; the event does not contain the text. */
  record GuardMatched(MaskedAddress ip, String userId, String guard, String on, String action)
      implements SecurityEvent {}

  /** A guard could not judge; its failure mode decides whether the text passed. */
  record GuardFailed(
      MaskedAddress ip, String userId, String guard, String on, String failure, boolean passed)
      implements SecurityEvent {}

  record RateLimitExceeded(MaskedAddress ip, String path) implements SecurityEvent {}

  record BlockedInvalidHost(MaskedAddress ip, String host, String path) implements SecurityEvent {}

  record BlockedInvalidOrigin(MaskedAddress ip, String origin, String path)
      implements SecurityEvent {}

  record BlockedAddress(MaskedAddress ip, String path) implements SecurityEvent {}

  /**
   * An operator has changed something.
   *
   * @param actor who
   * @param action what, such as {@code block} or {@code end_session}
   * @param target on whom or what
   */
  record AdminAction(MaskedAddress ip, String actor, String action, String target, String reason)
      implements SecurityEvent {}

  /** Somebody could not prove to be an operator. */
  record AdminAuthFailed(MaskedAddress ip, String path, String error) implements SecurityEvent {}

  /**
   * An alert for which clients are the cause begins or ends.
   *
   * @param state {@code active} or {@code resolved}
   * @param window in seconds; 0 if {@code value} is of the moment
   * @param subject what the value is of, such as the masked address with most attempts
   */
  record SecurityAlert(
      String alert,
      String state,
      BigDecimal value,
      BigDecimal threshold,
      long window,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> subject)
      implements SecurityEvent {
    @Override
    public MaskedAddress ip() {
      return MaskedAddress.NONE;
    }
  }

  /**
   * An alert about the gateway, its upstreams or its budgets begins or ends. Fields as in {@link
   * SecurityAlert}; the subject is a tier, a server or a model.
   */
  record OperationsAlert(
      String alert,
      String state,
      BigDecimal value,
      BigDecimal threshold,
      long window,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> subject)
      implements SecurityEvent {
    @Override
    public MaskedAddress ip() {
      return MaskedAddress.NONE;
    }
  }
}
