package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The byte rate of speech in the format that a session names. */
public final class SpeechFormat {
  /** The default format: 24,000 samples a second, two bytes each. */
  public static final int PCM_BYTES_PER_SECOND = 48_000;

  /** 8,000 samples a second, one byte each; the lowest rate of any format. */
  public static final int G711_BYTES_PER_SECOND = 8_000;

  private SpeechFormat() {}

  /** The byte rate of the user's speech in {@code session}; empty if it names no format. */
  public static Optional<Integer> bytesPerSecond(ObjectNode session) {
    return FieldPaths.get(session, SessionField.INPUT_FORMAT.path())
        .or(() -> Optional.ofNullable(session.get("input_audio_format")))
        .map(SpeechFormat::ofFormat);
  }

  /** The byte rate of the assistant's speech in {@code session}; empty if it names no format. */
  public static Optional<Integer> playedBytesPerSecond(ObjectNode session) {
    return FieldPaths.get(session, SessionField.OUTPUT_FORMAT.path()).map(SpeechFormat::ofFormat);
  }

  /** The byte rate of both directions of {@code session}, of GPT-Live. */
  public static int ofLive(JsonNode session) {
    return ofFormat(session.path("audio").path("format"));
  }

  private static int ofFormat(JsonNode format) {
    return switch (format.path("type").asString(format.asString(""))) {
      case "audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw" -> G711_BYTES_PER_SECOND;
      default ->
          // Clamped, because a rate that no upstream accepts could count a second as hours, on a
          // tenant's budget.
          Math.clamp(
              2L * format.path("rate").asInt(PCM_BYTES_PER_SECOND / 2),
              G711_BYTES_PER_SECOND,
              PCM_BYTES_PER_SECOND);
    };
  }

  /** The duration of base64 speech in microseconds, rounded up. */
  public static long microsOf(long base64, int bytesPerSecond) {
    return Math.ceilDiv(base64 * 750_000, bytesPerSecond);
  }
}
