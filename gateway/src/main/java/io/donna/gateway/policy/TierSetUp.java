package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.SessionRules;
import io.donna.gateway.config.policy.Tier;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Builds a tier's set-up: the {@code session.update} sent before any other event. */
final class TierSetUp {
  private static final String MAX_OUTPUT_TOKENS = SessionField.MAX_OUTPUT_TOKENS.path();
  private static final String TRANSCRIPTION = SessionField.TRANSCRIPTION.path();
  private static final String TURN_DETECTION = SessionField.TURN_DETECTION.path();

  private TierSetUp() {}

  /** The session to ask for; empty if the tier changes nothing. */
  static Optional<ObjectNode> of(Tier tier, SessionType type) {
    ObjectNode session = JsonNodeFactory.instance.objectNode().put("type", type.wireName());
    set(session, tier.session().defaults(), type);
    set(session, tier.session().locked(), type);
    if (type.hasResponses()) {
      addForResponses(session, tier);
    } else {
      withoutDetection(session, tier);
    }
    return session.size() > 1 ? Optional.of(session) : Optional.empty();
  }

  /** Sets the fields that a session of this type has; a tier's others are for another type. */
  private static void set(ObjectNode session, Map<String, JsonNode> fields, SessionType type) {
    fields.forEach((path, value) -> {
      if (type.has(path)) {
        FieldPaths.set(session, path, value.deepCopy());
      }
    });
  }

  /** A tier's default is meant for models that can detect turns. */
  private static void withoutDetection(ObjectNode session, Tier tier) {
    boolean streams =
        TranscriptionTurns.model(session).filter(TranscriptionModels::streams).isPresent();
    if (streams && !tier.session().locks(TURN_DETECTION)) {
      FieldPaths.set(session, TURN_DETECTION, session.nullNode());
    }
  }

  private static void addForResponses(ObjectNode session, Tier tier) {
    SessionRules rules = tier.session();
    BigDecimal mostTokens = rules.most().get(MAX_OUTPUT_TOKENS);
    if (mostTokens != null && FieldPaths.get(session, MAX_OUTPUT_TOKENS).isEmpty()) {
      FieldPaths.set(
          session, MAX_OUTPUT_TOKENS, number(mostTokens)); // without it, output is unbounded
    }
    if (tier.gatesTurns() && FieldPaths.get(session, TURN_DETECTION).isEmpty()) {
      // The upstream begins with server VAD, which would answer the first turn by itself.
      FieldPaths.set(
          session, TURN_DETECTION, session.objectNode().put("type", TurnDetection.SERVER_VAD));
    }
    if (tier.needsTranscripts() && FieldPaths.get(session, TRANSCRIPTION).isEmpty()) {
      FieldPaths.set(
          session, TRANSCRIPTION, session.nullNode()); // the client has asked for none yet
    }
  }

  static JsonNode number(BigDecimal value) {
    return value.stripTrailingZeros().scale() <= 0
        ? JsonNodeFactory.instance.numberNode(value.longValue())
        : JsonNodeFactory.instance.numberNode(value);
  }

  static ObjectNode update(String eventId, JsonNode session) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("type", "session.update").put("event_id", eventId).set("session", session);
    return event;
  }
}
