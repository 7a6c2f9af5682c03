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
 * @param invalidTokenClose and closed with
 * @param tokenExpired said when a session's token expires
 * @param tokenExpiredClose and closed with
 */
public record Manner(
    boolean commands,
    String invalidToken,
    CloseReason invalidTokenClose,
    String tokenExpired,
    CloseReason tokenExpiredClose) {
  private static final String INVALID_REQUEST = "invalid_request_error";

  /** The gateway's own dialogue: authenticate, connect, be told of disconnects, connect again. */
  public static final Manner DIALOGUE =
      new Manner(
          true,
          Replies.INVALID_TOKEN,
          Closures.AUTHENTICATION_FAILED,
          Replies.TOKEN_EXPIRED,
          Closures.AUTHENTICATION_FAILED);

  /** The upstream's own protocol and nothing else, its way of refusing included. */
  public static final Manner DROP_IN =
      new Manner(
          false,
          Replies.error(
              INVALID_REQUEST,
              Optional.of("invalid_api_key"),
              "Incorrect API key provided. The API key of this gateway is your access token."),
          new CloseReason(3000, INVALID_REQUEST + ".invalid_api_key"),
          Replies.error(
              INVALID_REQUEST, Optional.of("token_expired"), "Your access token has expired."),
          new CloseReason(3000, INVALID_REQUEST + ".token_expired"));
}
