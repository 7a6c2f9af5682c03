package io.donna.gateway.policy;

import io.donna.gateway.websocket.CloseReason;

/** The close reasons of sessions that a policy ends. */
public final class PolicyCloseReasons {
  static final CloseReason MODEL = new CloseReason(4000, "invalid_request_error.invalid_model");
  static final CloseReason API = new CloseReason(CloseReason.POLICY, "API not allowed");
  static final CloseReason TIER = new CloseReason(CloseReason.POLICY, "Unknown tier");
  static final CloseReason IDLE = new CloseReason(4008, "Idle for too long");
  static final CloseReason TIME_USED_UP = new CloseReason(4008, "Session time used up");
  public static final CloseReason BUDGET = new CloseReason(4029, "Budget used up");
  static final CloseReason SESSIONS = new CloseReason(4029, "Too many sessions");
  public static final CloseReason NOT_TAKEN =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Session not as the policy has it");
  public static final CloseReason EXCESSIVE =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Upstream exceeds the protocol");

  private PolicyCloseReasons() {}
}
