package io.donna.simulator.protocol;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** When the server ends the user's turn by itself, and what it then does. */
record TurnDetection(
    double threshold,
    long prefixMillis,
    long silenceMillis,
    Optional<Duration> idleTimeout,
    boolean createResponse,
    boolean interruptResponse) {

  /** Reads `turn_detection`; empty when it is null, and the client commits by itself. */
  static Optional<TurnDetection> of(JsonNode json) {
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

  /** Meaning is beyond the simulator: the less eager, the longer the silence it waits for. */
  private static long patience(String eagerness) {
    return switch (eagerness) {
      case "high" -> 200;
      case "low" -> 1_000;
      default -> 500;
    };
  }
}
