package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API's rule for turn detection in transcription sessions: a model that transcribes speech as
 * it comes has none. The upstream turns it off without a word when a client changes to such a
 * model, also if the tier locks it. Confined to the session's event loop.
 */
final class TranscriptionTurns {
  private static final String MODEL = SessionField.TRANSCRIPTION.path() + ".model";
  private static final String DETECTION = SessionField.TURN_DETECTION.path();

  private static final PolicyRefusal NOT_SUPPORTED =
      new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Turn detection is not supported for this transcription model.");

  private final boolean locked;

  /** The model that the upstream last stated; empty if none. */
  private String model = "";

  TranscriptionTurns(Tier tier) {
    this.locked = tier.session().locked().get(DETECTION) instanceof ObjectNode;
  }

  /** Judges {@code session}, which may change the model, turn detection or both. */
  Optional<PolicyRefusal> judge(ObjectNode session) {
    Optional<String> asked = model(session);
    boolean detects =
        FieldPaths.get(session, DETECTION).filter(JsonNode::isObject).isPresent()
            || (locked && asked.isPresent());
    return detects && TranscriptionModels.streams(asked.orElse(model))
        ? Optional.of(NOT_SUPPORTED)
        : Optional.empty();
  }

  /** Records the upstream's session. */
  void apply(ObjectNode session) {
    model = model(session).orElse("");
  }

  static Optional<String> model(ObjectNode session) {
    return FieldPaths.get(session, MODEL).filter(JsonNode::isString).map(JsonNode::asString);
  }
}
