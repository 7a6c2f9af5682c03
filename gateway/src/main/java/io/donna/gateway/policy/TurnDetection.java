package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the upstream from answering turns and silence by itself, and remembers what the client
 * asked for. Upstream, {@code create_response} is always false and {@code idle_timeout_ms} is
 * absent; the client sees both as it set them. Confined to the session's event loop.
 */
final class TurnDetection {
  static final String SERVER_VAD = "server_vad";

  private static final String PATH = SessionField.TURN_DETECTION.path();
  private static final String CREATE_RESPONSE = "create_response";
  private static final String IDLE_TIMEOUT = "idle_timeout_ms";
  private static final long SHORTEST_IDLE_MS = 5_000;
  private static final long LONGEST_IDLE_MS = 30_000;

  private static final PolicyRefusal NEITHER =
      new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: 'session.%s.%s' must be true or false.".formatted(PATH, CREATE_RESPONSE));
  private static final PolicyRefusal NO_TIMEOUT =
      new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: 'session.%s.%s' must be null or milliseconds from %d to %d."
              .formatted(PATH, IDLE_TIMEOUT, SHORTEST_IDLE_MS, LONGEST_IDLE_MS));

  /** The upstream's default for {@code create_response}. */
  private static final boolean BY_DEFAULT = true;

  /**
   * The turn detection settings of an update.
   *
   * @param answers the {@code create_response} that it sets; empty if it sets none
   * @param idle the {@code idle_timeout_ms} that it sets, JSON {@code null} for none; null if it
   *     sets none
   */
  record Settings(Optional<Boolean> answers, @Nullable JsonNode idle) {
    static final Settings NOTHING = new Settings(Optional.empty(), null);
  }

  private String kind = "";
  private boolean answers = BY_DEFAULT;
  private @Nullable JsonNode idle;

  /** Whether the client wants turns answered that the upstream detects. */
  boolean answersTurns() {
    return answers;
  }

  /** The silence after which the client wants a response, in milliseconds; empty if it does not. */
  OptionalLong idleMillis() {
    return kind.equals(SERVER_VAD) && idle != null && idle.isNumber()
        ? OptionalLong.of(idle.asLong(LONGEST_IDLE_MS))
        : OptionalLong.empty();
  }

  /**
   * Removes the client's settings from {@code session}, on its way upstream, and turns answers off.
   */
  static Settings strip(ObjectNode session) {
    if (!(FieldPaths.get(session, PATH).orElse(null) instanceof ObjectNode detection)) {
      return Settings.NOTHING;
    }
    JsonNode asked = detection.get(CREATE_RESPONSE);
    detection.put(CREATE_RESPONSE, false);
    return new Settings(
        asked != null && asked.isBoolean() ? Optional.of(asked.asBoolean()) : Optional.empty(),
        detection.remove(IDLE_TIMEOUT));
  }

  /** Refuses values that no upstream accepts. */
  static Optional<PolicyRefusal> judge(ObjectNode session) {
    if (!(FieldPaths.get(session, PATH).orElse(null) instanceof ObjectNode detection)) {
      return Optional.empty();
    }
    JsonNode asked = detection.get(CREATE_RESPONSE);
    if (asked != null && !asked.isBoolean()) {
      return Optional.of(NEITHER);
    }
    return isTimeout(detection.get(IDLE_TIMEOUT)) ? Optional.empty() : Optional.of(NO_TIMEOUT);
  }

  private static boolean isTimeout(@Nullable JsonNode timeout) {
    return timeout == null
        || timeout.isNull()
        || (timeout.isIntegralNumber()
            && timeout.canConvertToLong()
            && timeout.asLong() >= SHORTEST_IDLE_MS
            && timeout.asLong() <= LONGEST_IDLE_MS);
  }

  /**
   * Records the upstream's new session.
   *
   * @param asked the settings of the update that led to it
   */
  void apply(ObjectNode session, Settings asked) {
    JsonNode detection = FieldPaths.get(session, PATH).orElse(null);
    String now = detection == null ? "" : detection.path("type").asString("");
    boolean begins = !now.equals(kind); // another type starts from the defaults
    answers = asked.answers.orElse(begins ? BY_DEFAULT : answers);
    idle = asked.idle != null ? asked.idle : begins ? null : idle;
    kind = now;
  }

  /** Restores in the upstream's session what the client asked for. */
  void restore(ObjectNode session) {
    if (!(FieldPaths.get(session, PATH).orElse(null) instanceof ObjectNode detection)) {
      return;
    }
    if (detection.has(CREATE_RESPONSE)) {
      detection.set(CREATE_RESPONSE, BooleanNode.valueOf(answers));
    }
    if (idle != null && kind.equals(SERVER_VAD)) {
      detection.set(IDLE_TIMEOUT, idle);
    }
  }
}
