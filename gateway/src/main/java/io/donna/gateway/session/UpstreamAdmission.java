package io.donna.gateway.session;

import io.donna.gateway.event.Inspector;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.CloseReason;
import java.util.List;

/** The decision of a session's inspectors whether the client may be connected to an upstream. */
public sealed interface UpstreamAdmission {
  /**
   * The client is admitted.
   *
   * @param target the path and model to request, which may differ from the client's
   * @param inspectors the chain in order from client to upstream
   */
  record Admitted(Target target, List<Inspector> inspectors) implements UpstreamAdmission {}

  /** The client is refused and its session ends with this error and close reason. */
  record Refused(String error, CloseReason close) implements UpstreamAdmission {}
}
