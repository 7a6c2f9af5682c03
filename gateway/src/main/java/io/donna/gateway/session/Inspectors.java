package io.donna.gateway.session;

/** Creates the inspectors of sessions. Safe from any thread. */
public interface Inspectors {
  /** The inspectors of a new session with the unique id {@code id}. */
  SessionInspectors open(String id);
}
