package io.donna.simulator.input;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** When the server ends the user's turn, and the actions it takes then. */
public record TurnDetection(
    double threshold,
    long prefixMillis,
    long silenceMillis,
    Optional<Duration> idleTimeout,
    boolean createResponse,
    boolean interruptResponse) {

  /** Parses `turn_detection`; empty if it is null and the client commits the buffer itself. */
  public static Optional<TurnDetection> of(JsonNode json) {
    if (!json.isObject()) {
      return Optional.empty();
    }
    boolean semantic = "semantic_vad".equals(json.path("type").asString(""));
    JsonNode idle = json.path("idle_timeout_ms");
    return Optional.of(
        new TurnDetection(
            json.path("threshold").asDouble(0.5),
            json.path("prefix_padding_ms").asLong(300),
            semantic
                ? patience(json.path("eagerness").asString("auto"))
                : json.path("silence_duration_ms").asLong(200),
            idle.isNumber() ? Optional.of(Duration.ofMillis(idle.asLong())) : Optional.empty(),
            json.path("create_response").asBoolean(true),
            json.path("interrupt_response").asBoolean(true)));
  }

  /**
   * The simulator cannot analyse meaning: the lower the eagerness, the longer the silence required.
   */
  private static long patience(String eagerness) {
    return switch (eagerness) {
      case "high" -> 200;
      case "low" -> 1_000;
      default -> 500;
    };
  }
}
