package io.donna.gateway.dialect;

import java.util.Map;
import java.util.stream.Collectors;

/** Server events that differ between the generations in their names only. */
final class EventNames {
  /** The beta's name by today's. */
  static final Map<String, String> TO_BETA =
      Map.of(
          "response.output_text.delta", "response.text.delta",
          "response.output_text.done", "response.text.done",
          "response.output_audio.delta", "response.audio.delta",
          "response.output_audio.done", "response.audio.done",
          "response.output_audio_transcript.delta", "response.audio_transcript.delta",
          "response.output_audio_transcript.done", "response.audio_transcript.done");

  /** Today's name by the beta's. */
  static final Map<String, String> TO_GA =
      TO_BETA.entrySet().stream()
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getValue, Map.Entry::getKey));

  private EventNames() {}
}
