package io.donna.gateway.session;

import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.Optional;

/**
 * How an endpoint talks with its clients.
 *
 * @param commands whether {@code authenticate} and {@code connect_realtime} are the gateway's own;
 *     where they are not, the relay starts at once and an upstream that ends is the end
 * @param invalidToken said of a token that is none
 * @param tokenExpired said when a session's token expires
 * @param tokenRevoked said when a session's token, or its user, is revoked
 * @param verificationUnavailable said where nobody can tell whether a token holds
 * @param goingAway what a session is closed with when the gateway itself ends
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

  /** The gateway's own dialogue: authenticate, connect, be told of disconnects, connect again. */
  public static final EndpointMode DIALOGUE =
      new EndpointMode(
          true,
          new Farewell(Replies.INVALID_TOKEN, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(Replies.TOKEN_EXPIRED, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(Replies.TOKEN_REVOKED, SessionCloseReasons.AUTHENTICATION_FAILED),
          new Farewell(
              Replies.gatewayError(UNAVAILABLE, TRY_AGAIN), SessionCloseReasons.TRY_AGAIN_LATER),
          new CloseReason(CloseReason.GOING_AWAY, GOING_AWAY));

  /**
   * The upstream's own protocol and nothing else, its way of refusing included. No official SDK
   * takes up a session that ended with 3000, all of them one that ended with 1012 or 1013; 1001
   * means the end to openai-java.
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
