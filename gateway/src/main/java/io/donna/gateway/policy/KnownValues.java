package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks the values on which policy, guards or metering decide: each must be one of the protocol's,
 * character for character, or the event is refused. An upstream may well accept {@code "System"}
 * for {@code "system"}.
 */
final class KnownValues {
  private static final Set<String> CONVERSATIONS = Set.of("auto", "none");
  private static final Set<String> FORMATS = Set.of("audio/pcm", "audio/pcmu", "audio/pcma");

  /** OpenAI's types, and those of Azure's Voice Live. */
  private static final Set<String> TURN_DETECTIONS =
      Set.of(
          "server_vad",
          "semantic_vad",
          "azure_semantic_vad",
          "azure_semantic_vad_en",
          "azure_semantic_vad_multilingual");

  private static final Set<String> ROLES = Set.of("user", "assistant", "system", "developer");
  private static final Set<String> STATUSES = Set.of("completed", "incomplete", "in_progress");
  private static final Set<String> DETAILS = Set.of("auto", "low", "high");

  private KnownValues() {}

  /** The string field {@code name} of {@code object}; empty if it is no string. */
  static String text(JsonNode object, String name) {
    JsonNode value = object.path(name);
    return value.isString() ? value.asString() : "";
  }

  /** Refuses unknown values in a session or a single response. */
  static @Nullable PolicyRefusal judgeSettings(ObjectNode settings, String where) {
    PolicyRefusal refusal = oneOf(CONVERSATIONS, settings, "conversation", where);
    if (refusal == null) {
      refusal = format(settings, SessionField.INPUT_FORMAT, where);
    }
    if (refusal == null) {
      refusal = format(settings, SessionField.OUTPUT_FORMAT, where);
    }
    if (refusal == null) {
      refusal = judgeTranscription(settings, where);
    }
    return refusal != null ? refusal : turnDetection(settings, where);
  }

  /** Refuses settings of a transcription that are no object. */
  static @Nullable PolicyRefusal judgeTranscription(ObjectNode settings, String where) {
    return object(settings, SessionField.TRANSCRIPTION, where);
  }

  private static @Nullable PolicyRefusal format(
      ObjectNode settings, SessionField field, String where) {
    PolicyRefusal refusal = object(settings, field, where);
    if (refusal != null
        || !(FieldPaths.get(settings, field.path()).orElse(null) instanceof ObjectNode format)) {
      return refusal;
    }
    String path = where + "." + field.path();
    JsonNode rate = format.get("rate");
    if (rate != null && !(rate.isInt() && rate.asInt() > 0)) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE,
          "Invalid value: '%s.rate' must be a whole number above 0.".formatted(path));
    }
    return oneOf(FORMATS, format, "type", path);
  }

  private static @Nullable PolicyRefusal turnDetection(ObjectNode settings, String where) {
    PolicyRefusal refusal = object(settings, SessionField.TURN_DETECTION, where);
    String path = SessionField.TURN_DETECTION.path();
    return refusal == null
            && FieldPaths.get(settings, path).orElse(null) instanceof ObjectNode detection
        ? oneOf(TURN_DETECTIONS, detection, "type", where + "." + path)
        : refusal;
  }

  private static @Nullable PolicyRefusal object(
      ObjectNode settings, SessionField field, String where) {
    JsonNode value = FieldPaths.get(settings, field.path()).orElse(null);
    return value == null || value.isNull() || value.isObject()
        ? null
        : PolicyRefusal.notAnObject(where + "." + field.path());
  }

  /** Refuses unknown values in an item. */
  static @Nullable PolicyRefusal judgeItem(ObjectNode item, String where) {
    boolean speaks = text(item, "type").equals("message");
    if (speaks && !item.has("role")) {
      return new PolicyRefusal(
          PolicyRefusal.INVALID_VALUE, "Invalid value: '%s.role' must be there.".formatted(where));
    }
    PolicyRefusal refusal = oneOf(ROLES, item, "role", where);
    return refusal != null ? refusal : oneOf(STATUSES, item, "status", where);
  }

  /** Refuses unknown values in a part of an item, its type aside. */
  static @Nullable PolicyRefusal judgePart(ObjectNode part, String where) {
    return oneOf(DETAILS, part, "detail", where);
  }

  private static @Nullable PolicyRefusal oneOf(
      Set<String> known, ObjectNode object, String name, String where) {
    JsonNode value = object.get(name);
    return value == null || (value.isString() && known.contains(value.asString()))
        ? null
        : new PolicyRefusal(
            PolicyRefusal.INVALID_VALUE,
            "Invalid value: '%s.%s' must be one of %s."
                .formatted(where, name, String.join(", ", known.stream().sorted().toList())));
  }
}
