package io.donna.gateway.telemetry;

import io.donna.gateway.config.UpstreamSettings;

/** The trace of one session. Confined to the session's event loop. */
public interface SessionTrace {
  /**
   * Follows an upstream that is open.
   *
   * @param model that it was asked for
   */
  UpstreamTrace upstream(UpstreamSettings server, String model);
}
