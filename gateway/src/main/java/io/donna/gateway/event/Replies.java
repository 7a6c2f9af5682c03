package io.donna.gateway.event;

import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The gateway's own messages to clients, word for word. */
public final class Replies {
  public static final String AUTH_SUCCESS =
      "{\"type\":\"auth_success\",\"message\":\"Authentication successful\"}";
  public static final String AUTH_REQUIRED =
      "{\"type\":\"auth_required\",\"error\":\"Please authenticate first\"}";
  public static final String TOKEN_REQUIRED = authError("Token required");
  public static final String TOO_MANY_BEFORE_TOKEN =
      authError("Too many messages before authentication");
  public static final String INVALID_TOKEN = authError("Invalid token");
  public static final String TOKEN_EXPIRED = authError("Token expired");
  public static final String TOKEN_REVOKED = authError("Token revoked");
  public static final String AUTHENTICATION_TIMEOUT = authError("Authentication timeout");
  public static final String NOT_CONFIGURED = authError("Authentication not configured");
  public static final String DISCONNECTED = "{\"type\":\"realtime_disconnected\"}";

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Replies() {}

  /** The error for a lack of memory. */
  public static String overloaded() {
    return gatewayError("overloaded", "The gateway is overloaded; try again later.");
  }

  /** An error of the gateway's own, in the upstream's format. */
  public static String gatewayError(String code, String message) {
    return error("gateway_error", Optional.of(code), message);
  }

  /** As above, about the client's event with this {@code event_id}, if it has one. */
  public static String gatewayError(String code, String message, Optional<String> offender) {
    return error("gateway_error", Optional.of(code), message, offender);
  }

  /** An {@code error} event in the upstream's format, so that SDKs show it. */
  public static String error(String type, Optional<String> code, String message) {
    return error(type, code, message, Optional.empty());
  }

  private static String error(
      String type, Optional<String> code, String message, Optional<String> offender) {
    ObjectNode event = MAPPER.createObjectNode();
    event.put("type", "error").put("event_id", EventId.next());
    event
        .putObject("error")
        .put("type", type)
        .put("code", code.orElse(null))
        .put("message", message)
        .putNull("param")
        .put("event_id", offender.orElse(null));
    return event.toString();
  }

  /**
   * Asks a client to come again, to another replica.
   *
   * @param resume what to authenticate with there; empty: as at first
   * @param pauseMs how long to wait before that, in milliseconds
   */
  public static String reconnect(Optional<String> resume, long pauseMs) {
    ObjectNode message = MAPPER.createObjectNode().put("type", "reconnect");
    resume.ifPresent(token -> message.put("resume", token));
    return message.put("after_ms", pauseMs).toString();
  }

  private static String authError(String error) {
    return "{\"type\":\"auth_error\",\"error\":\"" + error + "\"}";
  }
}
