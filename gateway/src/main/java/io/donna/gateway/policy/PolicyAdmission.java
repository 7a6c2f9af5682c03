package io.donna.gateway.policy;

import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.websocket.CloseReason;
import java.util.Optional;

/** Whether a client may be connected to an upstream. */
public sealed interface PolicyAdmission {
  /**
   * It may.
   *
   * @param model to ask for; empty for the gateway's own default
   * @param inspector to see what passes; empty where the client is held to nothing
   */
  record Admitted(Optional<String> model, Optional<Inspector> inspector)
      implements PolicyAdmission {}

  /** It may not: what it is told, and closed with. */
  record Refused(String error, CloseReason close) implements PolicyAdmission {}
}
