package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the upstream from answering turns by itself and remembers whether the client wanted it to:
 * upstream, {@code create_response} is always false; towards the client it is what the client asked
 * for. Confined to the session's event loop.
 */
final class TurnDetection {
  static final String SERVER_VAD = "server_vad";

  private static final String PATH = SessionField.TURN_DETECTION.path();
  private static final String CREATE_RESPONSE = "create_response";
  private static final Refusal NEITHER =
      new Refusal(
          Refusal.INVALID_VALUE,
          "Invalid value: 'session.%s.%s' must be true or false.".formatted(PATH, CREATE_RESPONSE));

  /** What the upstream does unless it is told otherwise. */
  private static final boolean BY_DEFAULT = true;

  private String kind = "";
  private boolean answers = BY_DEFAULT;

  /** Whether the client wants a turn that the upstream has found to be answered. */
  boolean answersTurns() {
    return answers;
  }

  /**
   * Takes what {@code session}, on its way upstream, asks for, and has it ask for no answers.
   *
   * @return what was asked for; empty where it says nothing of it
   */
  static Optional<Boolean> take(ObjectNode session) {
    if (!(Fields.get(session, PATH).orElse(null) instanceof ObjectNode detection)) {
      return Optional.empty();
    }
    JsonNode asked = detection.get(CREATE_RESPONSE);
    detection.put(CREATE_RESPONSE, false);
    return asked != null && asked.isBoolean() ? Optional.of(asked.asBoolean()) : Optional.empty();
  }

  /** Refuses a {@code session} that asks for what is neither yes nor no. */
  static Optional<Refusal> judge(ObjectNode session) {
    return Fields.get(session, PATH)
        .map(detection -> detection.get(CREATE_RESPONSE))
        .filter(asked -> !asked.isBoolean())
        .map(asked -> NEITHER);
  }

  /**
   * The upstream's session is now {@code session}.
   *
   * @param asked what the update that led to it asked for
   */
  void learn(ObjectNode session, Optional<Boolean> asked) {
    JsonNode detection = Fields.get(session, PATH).orElse(null);
    String now = detection == null ? "" : detection.path("type").asString("");
    if (asked.isPresent()) {
      answers = asked.get();
    } else if (!now.equals(kind)) {
      answers = BY_DEFAULT; // of another kind, it begins anew
    }
    kind = now;
  }

  /** Makes of the upstream's session the one that the client asked for. */
  void show(ObjectNode session) {
    if (Fields.get(session, PATH).orElse(null) instanceof ObjectNode detection
        && detection.has(CREATE_RESPONSE)) {
      detection.set(CREATE_RESPONSE, BooleanNode.valueOf(answers));
    }
  }
}
