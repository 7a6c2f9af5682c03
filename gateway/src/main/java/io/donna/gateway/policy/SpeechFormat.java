package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How many bytes a second of the user's speech takes, by the format that a session names. */
public final class SpeechFormat {
  /** 24,000 samples a second of two bytes, as speech is by default. */
  public static final int PCM_BYTES_A_SECOND = 48_000;

  /** 8,000 samples a second of one byte: no format takes fewer bytes. */
  public static final int G711_BYTES_A_SECOND = 8_000;

  private SpeechFormat() {}

  /** By {@code session}; empty where it names no format. */
  public static Optional<Integer> bytesASecond(ObjectNode session) {
    return FieldPaths.get(session, SessionField.INPUT_FORMAT.path())
        .or(() -> Optional.ofNullable(session.get("input_audio_format")))
        .map(SpeechFormat::ofFormat);
  }

  /** Of the assistant's speech, by {@code session}; empty where it names no format. */
  static Optional<Integer> playedBytesASecond(ObjectNode session) {
    return FieldPaths.get(session, SessionField.OUTPUT_FORMAT.path()).map(SpeechFormat::ofFormat);
  }

  private static int ofFormat(JsonNode format) {
    return switch (format.path("type").asString(format.asString(""))) {
      case "audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw" -> G711_BYTES_A_SECOND;
      default ->
          // A rate that no upstream takes would make hours of a second, on a tenant's budget.
          Math.clamp(
              2L * format.path("rate").asInt(PCM_BYTES_A_SECOND / 2),
              G711_BYTES_A_SECOND,
              PCM_BYTES_A_SECOND);
    };
  }

  /** How long base64 of speech sounds; nothing is too short to count. */
  public static long microsOf(long base64, int bytesASecond) {
    return Math.ceilDiv(base64 * 750_000, bytesASecond);
  }
}
