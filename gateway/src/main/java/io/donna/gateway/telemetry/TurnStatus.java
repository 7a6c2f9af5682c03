package io.donna.gateway.telemetry;

import java.util.Locale;

/** How a turn of the assistant ended: the upstream's words for it, and two of the gateway's. */
public enum TurnStatus {
  COMPLETED,
  CANCELLED,
  INCOMPLETE,
  FAILED,
  /** The session ended before it. */
  CUT_OFF,
  /** The upstream named a status that the protocol does not have. */
  OTHER;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The status as labels and the API name it. */
  public String label() {
    return label;
  }

  /** The status that an upstream names. */
  public static TurnStatus named(String status) {
    return switch (status) {
      case "completed" -> COMPLETED;
      case "cancelled" -> CANCELLED;
      case "incomplete" -> INCOMPLETE;
      case "failed" -> FAILED;
      default -> OTHER;
    };
  }
}
