package io.donna.gateway.policy;

import io.donna.gateway.event.Inspector;
import io.donna.gateway.websocket.CloseReason;
import java.util.Optional;

/** The decision whether a client may be connected to an upstream. */
public sealed interface PolicyAdmission {
  /**
   * The client may connect.
   *
   * @param model the model to ask for; empty for the gateway's default
   * @param inspector the inspector of its messages; empty if its tier has no rules
   */
  record Admitted(Optional<String> model, Optional<Inspector> inspector)
      implements PolicyAdmission {}

  /** The client may not connect; it is sent the error and closed with the reason. */
  record Refused(String error, CloseReason close) implements PolicyAdmission {}
}
