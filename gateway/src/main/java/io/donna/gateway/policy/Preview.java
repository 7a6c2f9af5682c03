package io.donna.gateway.policy;

import io.donna.gateway.config.Api;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.EventType;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The result of judging a session before it begins, for client secrets. It is not binding: the
 * session is judged again when it begins, by the policy of that time.
 */
public sealed interface Preview {
  /**
   * The session is allowed.
   *
   * @param asked the part of it to ask for when it begins. It excludes what the tier sets, which
   *     may be secret
   * @param shown the resulting session, as its client would see it
   */
  record Granted(ObjectNode asked, ObjectNode shown) implements Preview {}

  /** The session is refused, to everyone or to this user. */
  record Refused(PolicyRefusal why) implements Preview {}

  /**
   * Judges {@code session}, and reduces it to what may be asked for.
   *
   * @param api the API whose session it is
   * @param defaultModel the model of sessions for which neither the client nor its tier names one
   */
  static Preview of(Tier tier, Api api, ObjectNode session, String defaultModel) {
    if (!tier.allows(api)) {
      return new Refused(PolicySubject.apiRefused(api));
    }
    SessionType type = SessionType.of(api).orElseThrow();
    if (!tier.holds() && type.hasResponses()) {
      return unjudged(session, defaultModel);
    }
    ObjectNode update = JsonNodeFactory.instance.objectNode();
    update.set("session", session);
    Optional<PolicyRefusal> refusal =
        new Rules(tier, type)
            .judge(EventType.SESSION_UPDATE, new EditableEvent(EventType.SESSION_UPDATE, update));
    if (refusal.isEmpty() && !type.hasResponses()) {
      refusal = new TranscriptionTurns(tier).judge(session);
      return refusal
          .<Preview>map(Refused::new)
          .orElseGet(() -> new Granted(session, shown(tier, type, session)));
    }
    if (refusal.isEmpty() && tier.gatesTurns()) {
      refusal = TurnDetection.judge(session);
    }
    ModelRules models = tier.models();
    String model = session.path("model").asString(models.fallback().orElse(defaultModel));
    if (refusal.isEmpty() && !models.allow(model)) {
      refusal = Optional.of(Rules.modelRefused(model));
    }
    return refusal
        .<Preview>map(Refused::new)
        .orElseGet(() -> new Granted(session, shown(tier, type, session).put("model", model)));
  }

  /** The preview for a tier without rules. */
  private static Granted unjudged(ObjectNode session, String defaultModel) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    shown.put("model", defaultModel).setAll(session);
    return new Granted(session, shown);
  }

  /**
   * The session as the upstream would report it: the tier's settings, overridden by the client's
   * where allowed.
   */
  private static ObjectNode shown(Tier tier, SessionType type, ObjectNode asked) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    shown.put("type", type.wireName());
    TierSetUp.of(tier, type).ifPresent(shown::setAll);
    for (SessionField field : SessionField.values()) {
      Optional<JsonNode> value = FieldPaths.get(asked, field.path());
      value.ifPresent(set -> FieldPaths.set(shown, field.path(), set));
    }
    asked.forEachEntry(shown::putIfAbsent);
    if (tier.hideInstructions()) {
      FieldPaths.remove(shown, SessionField.INSTRUCTIONS.path());
    }
    return shown;
  }
}
