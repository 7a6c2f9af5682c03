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
 * Has the user's speech transcribed for the guards, with the operator's settings: whoever chooses
 * the language and the prompt of a transcription decides what is heard. The client decides only
 * whether it sees the transcripts, and sees its session as it asked for it. Confined to the
 * session's event loop.
 */
final class ForcedTranscription {
  private static final String PATH = SessionField.TRANSCRIPTION.path();

  private final ObjectNode wanted;
  private boolean shown;

  /**
   * Takes the transcription settings that the tier locks, else its defaults, else the guards'
   * model.
   */
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

  boolean isShown() {
    return shown;
  }

  /**
   * Replaces the transcription settings in {@code session}, on its way upstream, by the operator's.
   *
   * @return whether the client asked for transcripts; empty if {@code session} does not mention
   *     them
   */
  Optional<Boolean> replace(ObjectNode session) {
    @Nullable JsonNode asked = FieldPaths.get(session, PATH).orElse(null);
    if (asked == null) {
      return Optional.empty();
    }
    FieldPaths.set(session, PATH, wanted.deepCopy());
    return Optional.of(!asked.isNull());
  }

  /** Applies an update that the upstream has accepted. */
  void apply(Optional<Boolean> asked) {
    shown = asked.orElse(shown);
  }

  /** Restores in the upstream's session what the client asked for. */
  void restore(ObjectNode session) {
    if (!shown && FieldPaths.get(session, PATH).isPresent()) {
      FieldPaths.set(session, PATH, session.nullNode());
    }
  }
}
