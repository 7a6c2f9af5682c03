package io.donna.gateway.telemetry;

import java.util.Locale;

/** The states of a session that an operator tells apart. */
public enum SessionState {
  /** Its client has not authenticated yet. */
  AUTHENTICATING,
  /** Its client may connect to the upstream, and has not. */
  READY,
  /** Its upstream is being opened. */
  CONNECTING,
  /** Client and upstream exchange messages. */
  LIVE,
  ENDED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The state as labels and the API name it. */
  public String label() {
    return label;
  }
}
