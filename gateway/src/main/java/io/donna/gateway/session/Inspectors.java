package io.donna.gateway.session;

/** Who looks into a gateway's sessions. Safe from any thread. */
public interface Inspectors {
  /** For a session that begins; {@code id} tells it from all others. */
  SessionInspectors open(String id);
}
