package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the upstream from answering by itself, turns and silence alike, and remembers what the
 * client wanted: upstream, {@code create_response} is always false and there is no {@code
 * idle_timeout_ms}; towards the client both are what it asked for. Confined to the session's event
 * loop.
 */
final class TurnDetection {
  static final String SERVER_VAD = "server_vad";

  private static final String PATH = SessionField.TURN_DETECTION.path();
  private static final String CREATE_RESPONSE = "create_response";
  private static final String IDLE_TIMEOUT = "idle_timeout_ms";
  private static final long SHORTEST_IDLE_MS = 5_000;
  private static final long LONGEST_IDLE_MS = 30_000;

  private static final Refusal NEITHER =
      new Refusal(
          Refusal.INVALID_VALUE,
          "Invalid value: 'session.%s.%s' must be true or false.".formatted(PATH, CREATE_RESPONSE));
  private static final Refusal NO_TIMEOUT =
      new Refusal(
          Refusal.INVALID_VALUE,
          "Invalid value: 'session.%s.%s' must be null or milliseconds from %d to %d."
              .formatted(PATH, IDLE_TIMEOUT, SHORTEST_IDLE_MS, LONGEST_IDLE_MS));

  /** What the upstream does unless it is told otherwise. */
  private static final boolean BY_DEFAULT = true;

  /**
   * What an update asks for.
   *
   * @param answers whether turns are to be answered, where it says so
   * @param idle the {@code idle_timeout_ms}, {@code null} in JSON for none; null where it is silent
   */
  record Asked(Optional<Boolean> answers, @Nullable JsonNode idle) {
    static final Asked NOTHING = new Asked(Optional.empty(), null);
  }

  private String kind = "";
  private boolean answers = BY_DEFAULT;
  private @Nullable JsonNode idle;

  /** Whether the client wants a turn that the upstream has found to be answered. */
  boolean answersTurns() {
    return answers;
  }

  /** How long nobody speaks before the model is to, where the client wants that. */
  OptionalLong idleMillis() {
    return kind.equals(SERVER_VAD) && idle != null && idle.isNumber()
        ? OptionalLong.of(idle.asLong(LONGEST_IDLE_MS))
        : OptionalLong.empty();
  }

  /** Takes what {@code session}, on its way upstream, asks for, and has it ask for no answers. */
  static Asked take(ObjectNode session) {
    if (!(FieldPaths.get(session, PATH).orElse(null) instanceof ObjectNode detection)) {
      return Asked.NOTHING;
    }
    JsonNode asked = detection.get(CREATE_RESPONSE);
    detection.put(CREATE_RESPONSE, false);
    return new Asked(
        asked != null && asked.isBoolean() ? Optional.of(asked.asBoolean()) : Optional.empty(),
        detection.remove(IDLE_TIMEOUT));
  }

  /** Refuses a {@code session} that asks for what no upstream takes. */
  static Optional<Refusal> judge(ObjectNode session) {
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
   * The upstream's session is now {@code session}.
   *
   * @param asked what the update that led to it asked for
   */
  void learn(ObjectNode session, Asked asked) {
    JsonNode detection = FieldPaths.get(session, PATH).orElse(null);
    String now = detection == null ? "" : detection.path("type").asString("");
    boolean begins = !now.equals(kind); // of another kind, it begins anew
    answers = asked.answers.orElse(begins ? BY_DEFAULT : answers);
    idle = asked.idle != null ? asked.idle : begins ? null : idle;
    kind = now;
  }

  /** Makes of the upstream's session the one that the client asked for. */
  void show(ObjectNode session) {
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
