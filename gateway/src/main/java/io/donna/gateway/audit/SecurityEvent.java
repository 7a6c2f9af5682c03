package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
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

  /**
   * How many of one address are written in a second. One is enough of what costs nothing to cause;
   * of what only those do who were let in, each line is somebody.
   */
  default int linesASecond() {
    return 1;
  }

  /** Lines a second of those who were let in. */
  int LINES_OF_GUESTS = 50;

  /**
   * Events that were not written one by one.
   *
   * @param last the newest of them
   * @param repeated how many there were
   */
  record Repeated(@JsonUnwrapped SecurityEvent last, int repeated) implements SecurityEvent {
    @Override
    public MaskedAddress ip() {
      return last.ip();
    }

    @Override
    public String event() {
      return last.event();
    }
  }

  record ConnectionEstablished(MaskedAddress ip, int totalConnections) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_ESTABLISHED";
    }

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
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

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
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

  record ConnectionBlockedInvalidHost(MaskedAddress ip, String host) implements SecurityEvent {
    @Override
    public String event() {
      return "WS_CONNECTION_BLOCKED_INVALID_HOST";
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

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
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

  /**
   * A token came in the handshake of {@code /realtime} as an SDK's API key, which authenticates
   * nobody there: whose it is, or what is wrong with it.
   */
  record HandshakeTokenIgnored(
      MaskedAddress ip,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> userId,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> error)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_HANDSHAKE_TOKEN_IGNORED";
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

    @Override
    public int linesASecond() {
      return Integer.MAX_VALUE; // an operator causes it
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

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
    }
  }

  /** A guard found what it is there to find, in words that are not named here. */
  record GuardMatched(MaskedAddress ip, String userId, String guard, String on, String action)
      implements SecurityEvent {
    @Override
    public String event() {
      return "WS_GUARD_MATCHED";
    }

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
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

    @Override
    public int linesASecond() {
      return LINES_OF_GUESTS;
    }
  }

  record RateLimitExceeded(MaskedAddress ip, String path) implements SecurityEvent {
    @Override
    public String event() {
      return "HTTP_RATE_LIMIT_EXCEEDED";
    }
  }

  record BlockedInvalidHost(MaskedAddress ip, String host, String path) implements SecurityEvent {
    @Override
    public String event() {
      return "HTTP_BLOCKED_INVALID_HOST";
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
