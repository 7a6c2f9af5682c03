package io.donna.gateway.session;

/**
 * Who looks into a gateway's sessions. Where nobody sees what one side says, it is relayed as if
 * there were no inspectors at all. Safe from any thread.
 */
public interface Inspectors {
  /**
   * Whether what clients say is shown to inspectors; it must then be strict JSON, or is refused.
   */
  boolean seeClients();

  /** For a session that begins; {@code id} tells it from all others. */
  SessionInspectors open(String id);
}
