package io.donna.gateway.session;

import io.donna.gateway.websocket.CloseReason;

/** Close reasons of sessions. Codes 4000 to 4999 are for private use (RFC 6455, 7.4.2). */
final class SessionCloseReasons {
  static final CloseReason AUTHENTICATION_TIMEOUT = new CloseReason(4001, "Authentication timeout");
  static final CloseReason AUTHENTICATION_FAILED = new CloseReason(4003, "Authentication failed");
  static final CloseReason UPSTREAM_FAILED =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Upstream failed");
  static final CloseReason GOING_AWAY =
      new CloseReason(CloseReason.GOING_AWAY, "The gateway is going away");

  /** 1012 (registry of RFC 6455): every SDK that reconnects at all does so after it. */
  static final int SERVICE_RESTART = 1012;

  /** 1013 (registry of RFC 6455): SDKs reconnect after it. */
  static final CloseReason TRY_AGAIN_LATER = new CloseReason(1013, "Try again later");

  static final CloseReason RATE_USED_UP = new CloseReason(4029, "Too many connections opened");
  static final CloseReason ENDED_BY_OPERATOR = new CloseReason(4030, "Ended by an operator");
  static final CloseReason NOT_STARTED = new CloseReason(4008, "Session not started in time");
  static final CloseReason START_TOO_LARGE =
      new CloseReason(CloseReason.POLICY, "First message too large");
  static final CloseReason CLIENT_GONE = new CloseReason(CloseReason.GOING_AWAY, "Client gone");

  private SessionCloseReasons() {}
}
