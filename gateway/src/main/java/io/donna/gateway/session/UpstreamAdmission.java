package io.donna.gateway.session;

import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.CloseReason;
import java.util.List;

/** Whether a client may be connected to an upstream, by those who would look at what passes. */
public sealed interface UpstreamAdmission {
  /**
   * It may.
   *
   * @param target what the upstream is asked for, which need not be what the client asks for
   * @param inspectors in their row from the client to the upstream
   */
  record Admitted(Target target, List<Inspector> inspectors) implements UpstreamAdmission {}

  /** It may not, and its session ends: what it is told, and closed with. */
  record Refused(String error, CloseReason close) implements UpstreamAdmission {}
}
