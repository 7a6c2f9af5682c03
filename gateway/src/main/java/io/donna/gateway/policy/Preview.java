package io.donna.gateway.policy;

import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.EventType;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a tier would make of a session that is asked for ahead of it, as client secrets are. It
 * binds nobody: the session is judged again when it begins, by the policy of that day.
 */
public sealed interface Preview {
  /**
   * It may be.
   *
   * @param asked what of it may be asked for when it begins, and no more: not what the tier sets,
   *     which may be a secret
   * @param shown the session that this would lead to, as its client would see it
   */
  record Granted(ObjectNode asked, ObjectNode shown) implements Preview {}

  /** It may not, or not by this user. */
  record Refused(Refusal why) implements Preview {}

  /**
   * Judges {@code session}, which becomes what may be asked for.
   *
   * @param usualModel the model of sessions for which neither the client nor the tier names one
   */
  static Preview of(Tier tier, ObjectNode session, String usualModel) {
    if (!tier.holds()) {
      return unjudged(session, usualModel);
    }
    ObjectNode update = JsonNodeFactory.instance.objectNode();
    update.set("session", session);
    Optional<Refusal> refusal =
        new Rules(tier)
            .judge(EventType.SESSION_UPDATE, new EditableEvent(EventType.SESSION_UPDATE, update));
    if (refusal.isEmpty() && tier.gatesTurns()) {
      refusal = TurnDetection.judge(session);
    }
    ModelRules models = tier.models();
    String model = session.path("model").asString(models.fallback().orElse(usualModel));
    if (refusal.isEmpty() && !models.allow(model)) {
      refusal = Optional.of(Rules.modelRefused(model));
    }
    return refusal
        .<Preview>map(Refused::new)
        .orElseGet(() -> new Granted(session, shown(tier, session, model)));
  }

  /** What nobody is there to judge. */
  private static Granted unjudged(ObjectNode session, String usualModel) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    shown.put("model", usualModel).setAll(session);
    return new Granted(session, shown);
  }

  /** As the upstream would say it: what the tier sets, and over it what the client may. */
  private static ObjectNode shown(Tier tier, ObjectNode asked, String model) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    shown.put("type", "realtime").put("model", model);
    TierSetUp.of(tier).ifPresent(shown::setAll);
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
