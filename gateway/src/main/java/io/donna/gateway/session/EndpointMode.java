package io.donna.gateway.session;

import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.Optional;

/**
 * The messages and close reasons that an endpoint uses with its clients.
 *
 * @param commands whether the gateway handles {@code authenticate} and {@code connect_realtime}; if
 *     not, the relay starts at once, and the session ends with its upstream
 * @param invalidToken sent for an invalid token
 * @param tokenExpired sent when a session's token expires
 * @param tokenRevoked sent when a session's token or user is revoked
 * @param verificationUnavailable sent when tokens cannot be verified
 * @param goingAway closes sessions when the gateway shuts down
 */
public record EndpointMode(
    boolean commands,
    Farewell invalidToken,
    Farewell tokenExpired,
    Farewell tokenRevoked,
    Farewell verificationUnavailable,
    CloseReason goingAway) {
  private static final String TRY_AGAIN =
      "Tokens cannot be verified at the moment. Try again in a few seconds.";
  private static final String UNAVAILABLE = "authentication_unavailable";
  private static final String GOING_AWAY = "The gateway is going away";

  /** The gateway's own protocol: authenticate, connect, notice of disconnects, reconnect. */
  public static final EndpointMode DIALOGUE =
      new EndpointMode(
          true,
          new Farewell(Replies.INVALID_TOKEN, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(Replies.TOKEN_EXPIRED, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(Replies.TOKEN_REVOKED, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(
              Replies.gatewayError(UNAVAILABLE, TRY_AGAIN), SessionCloseReasons.TRY_AGAIN_LATER),
          new CloseReason(CloseReason.GOING_AWAY, GOING_AWAY));

  /** Closes sessions that are asked to go on at another replica. */
  static final CloseReason HANDED_OVER =
      new CloseReason(SessionCloseReasons.SERVICE_RESTART, "Go on at another replica");

  /**
   * The upstream's own protocol only, including its refusals. No official SDK reconnects after
   * 3000; all of them do after 1012 and 1013; openai-java does not after 1001.
   */
  public static final EndpointMode DROP_IN =
      new EndpointMode(
          false,
          denied(
              "invalid_api_key",
              "Incorrect API key provided. The API key of this gateway is your access token."),
          denied("token_expired", "Your access token has expired."),
          denied("token_revoked", "Your access token has been revoked."),
          new Farewell(
              Replies.error("server_error", Optional.of(UNAVAILABLE), TRY_AGAIN),
              SessionCloseReasons.TRY_AGAIN_LATER),
          new CloseReason(SessionCloseReasons.SERVICE_RESTART, GOING_AWAY));

  private static Farewell denied(String code, String message) {
    String type = "invalid_request_error";
    return new Farewell(
        Replies.error(type, Optional.of(code), message), new CloseReason(3000, type + "." + code));
  }
}
