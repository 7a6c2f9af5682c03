package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * Everything the security log can say. Fields hold what the contract lists and nothing else: no
 * event has room for a token, a key or a message. Component names are the log's keys, in this
 * order.
 */
public sealed interface SecurityEvent {
  MaskedAddress ip();

  /** The event's name in the log. */
  String event();

  record ConnectionEstablished(MaskedAddress ip, int totalConnections) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_ESTABLISHED";
    }
  }

  /** With the usage of a session that asked for an upstream. */
  record ConnectionClosed(
      MaskedAddress ip,
      int code,
      String reason,
      int remainingConnections,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<SessionUsage> usage)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_CLOSED";
    }
  }

  record ConnectionError(MaskedAddress ip, String error) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_ERROR";
    }
  }

  record ConnectionAuthTimeout(MaskedAddress ip) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_AUTH_TIMEOUT";
    }
  }

  record ConnectionBlockedFeatureDisabled(MaskedAddress ip) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_FEATURE_DISABLED";
    }
  }

  record ConnectionBlockedInvalidOrigin(MaskedAddress ip, String origin) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_INVALID_ORIGIN";
    }
  }

  record ConnectionBlockedRateLimit(MaskedAddress ip) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_RATE_LIMIT";
    }
  }

  record ConnectionBlockedConnectionLimit(MaskedAddress ip, int currentConnections, int maxAllowed)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_CONNECTION_LIMIT";
    }
  }

  record ConnectionBlockedCapacity(MaskedAddress ip) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_CAPACITY";
    }
  }

  /** A client has upstreams opened too often. */
  record UpstreamRateExceeded(MaskedAddress ip, String userId) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_UPSTREAM_RATE_LIMIT";
    }
  }

  record AuthSuccess(MaskedAddress ip, String userId) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_AUTH_SUCCESS";
    }
  }

  record AuthFailedNoToken(MaskedAddress ip) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_AUTH_FAILED_NO_TOKEN";
    }
  }

  record AuthFailedInvalidToken(MaskedAddress ip, String error) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_AUTH_FAILED_INVALID_TOKEN";
    }
  }

  record AuthUnavailable(MaskedAddress ip, String error) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_AUTH_UNAVAILABLE";
    }
  }

  record AuthRevoked(MaskedAddress ip, String userId) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_AUTH_REVOKED";
    }
  }

  record HttpAuthFailed(MaskedAddress ip, String path, String error) implements SecurityEvent {
    @Override
    public String event() {
      return "HTTP_AUTH_FAILED";
    }
  }

  record ClientSecretCreated(MaskedAddress ip, String userId) implements SecurityEvent {
    @Override
    public String event() {
      return "CLIENT_SECRET_CREATED";
    }
  }

  /** A guard found what it is there to find, in words that are not named here. */
  record GuardMatched(MaskedAddress ip, String userId, String guard, String on, String action)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_GUARD_MATCHED";
    }
  }

  /**
   * A guard could not judge; whether the words passed all the same is its failure mode's to say.
   */
  record GuardFailed(
      MaskedAddress ip, String userId, String guard, String on, String failure, boolean passed)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_GUARD_FAILED";
    }
  }

  record RateLimitExceeded(MaskedAddress ip, String path) implements SecurityEvent {
    @Override
    public String event() {
      return "HTTP_RATE_LIMIT_EXCEEDED";
    }
  }

  record BlockedInvalidOrigin(MaskedAddress ip, String origin, String path)
      implements SecurityEvent {
    @Override
    public String event() {
      return "HTTP_BLOCKED_INVALID_ORIGIN";
    }
  }
}
