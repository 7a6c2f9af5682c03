package io.donna.gateway.config.policy;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The fields of a session (GA format) that a client can set; a policy cannot judge others. Their
 * values are atomic: locked, replaced or removed as a whole.
 */
public enum SessionField {
  OUTPUT_MODALITIES("output_modalities"),
  INSTRUCTIONS("instructions"),
  TOOLS("tools"),
  TOOL_CHOICE("tool_choice"),
  PARALLEL_TOOL_CALLS("parallel_tool_calls"),
  MAX_OUTPUT_TOKENS("max_output_tokens"),
  PROMPT("prompt"),
  TRACING("tracing"),
  TRUNCATION("truncation"),
  INCLUDE("include"),
  REASONING("reasoning"),
  INPUT_FORMAT("audio.input.format"),
  TRANSCRIPTION("audio.input.transcription"),
  NOISE_REDUCTION("audio.input.noise_reduction"),
  TURN_DETECTION("audio.input.turn_detection"),
  OUTPUT_FORMAT("audio.output.format"),
  VOICE("audio.output.voice"),
  SPEED("audio.output.speed");

  /** The numeric fields, which can have a maximum. */
  static final Set<String> NUMBERS = Set.of("max_output_tokens", "audio.output.speed");

  private final String path;

  SessionField(String path) {
    this.path = path;
  }

  public String path() {
    return path;
  }

  static Optional<SessionField> at(String path) {
    return Arrays.stream(values()).filter(field -> field.path.equals(path)).findFirst();
  }

  static String all() {
    return Arrays.stream(values()).map(field -> field.path).collect(Collectors.joining(", "));
  }
}
