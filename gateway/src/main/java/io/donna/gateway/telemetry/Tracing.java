package io.donna.gateway.telemetry;

import java.util.List;

/** Traces of sessions, exported somewhere. Safe from any thread; never blocks an event loop. */
public interface Tracing extends AutoCloseable {
  /**
   * Begins the trace of a session.
   *
   * @param id the session's ID in all logs
   * @param traceParents the values of the client's trace context header, not yet validated
   */
  SessionTrace session(String id, List<String> traceParents);

  /** Exports what has ended, within two seconds, and stops. */
  @Override
  void close();
}
