package io.donna.gateway.alerts;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.config.alerts.AlertRule;
import java.time.Instant;

/**
 * That an alert has begun or ended.
 *
 * @param at the time of that
 */
record Notice(Alert alert, State state, Instant at) {
  enum State {
    ACTIVE("active"),
    RESOLVED("resolved");

    private final String label;

    State(String label) {
      this.label = label;
    }

    /** The state as events and messages name it. */
    String label() {
      return label;
    }
  }

  /** The notice as a line of the log. */
  SecurityEvent event() {
    AlertRule rule = alert.rule();
    return switch (alert.kind().category()) {
      case SECURITY ->
          new SecurityEvent.SecurityAlert(
              alert.kind().key(),
              state.label(),
              alert.value(),
              rule.threshold(),
              rule.window().toSeconds(),
              alert.subject());
      case OPERATIONS ->
          new SecurityEvent.OperationsAlert(
              alert.kind().key(),
              state.label(),
              alert.value(),
              rule.threshold(),
              rule.window().toSeconds(),
              alert.subject());
    };
  }
}
