package io.donna.gateway.telemetry;

import java.util.Locale;

/** What a turn of the assistant answers. */
public enum Trigger {
  /** Speech whose end the upstream detected. */
  SERVER_VAD,
  /** Speech that the client committed. */
  COMMIT,
  /** A message that the client typed. */
  TEXT,
  /** The result of a tool. */
  TOOL,
  /** A request without anything new, such as a greeting. */
  REQUEST;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The trigger as labels and the API name it. */
  public String label() {
    return label;
  }
}
