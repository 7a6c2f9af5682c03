package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.SessionRules;
import io.donna.gateway.config.policy.Tier;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has the user's speech written down for those who judge it, as the operator has it written down:
 * who chooses the language and the prompt of a transcription chooses what is heard. The client has
 * a say in whether it is shown the transcripts, and sees its session as it asked for it. Confined
 * to the session's event loop.
 */
final class ForcedTranscription {
  private static final String PATH = SessionField.TRANSCRIPTION.path();

  private final ObjectNode wanted;
  private boolean shown;

  /** Those of a tier's sessions. */
  ForcedTranscription(Tier tier) {
    SessionRules rules = tier.session();
    if (rules.locked().get(PATH) instanceof ObjectNode locked) {
      wanted = locked;
    } else if (rules.defaults().get(PATH) instanceof ObjectNode usual) {
      wanted = usual;
    } else {
      wanted =
          JsonNodeFactory.instance.objectNode().put("model", tier.guards().transcriptionModel());
    }
  }

  boolean areShown() {
    return shown;
  }

  /**
   * Takes from {@code session}, on its way upstream, whether transcripts are asked for, and has it
   * ask for them.
   *
   * @return what was asked for; empty where it says nothing of it
   */
  Optional<Boolean> take(ObjectNode session) {
    @Nullable JsonNode asked = FieldPaths.get(session, PATH).orElse(null);
    if (asked == null) {
      return Optional.empty();
    }
    FieldPaths.set(session, PATH, wanted.deepCopy());
    return Optional.of(!asked.isNull());
  }

  /** The upstream has taken an update that asked for this. */
  void learn(Optional<Boolean> asked) {
    shown = asked.orElse(shown);
  }

  /** Makes of the upstream's session the one that the client asked for. */
  void show(ObjectNode session) {
    if (!shown && FieldPaths.get(session, PATH).isPresent()) {
      FieldPaths.set(session, PATH, session.nullNode());
    }
  }
}
