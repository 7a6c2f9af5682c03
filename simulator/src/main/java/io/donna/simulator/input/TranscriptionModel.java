package io.donna.simulator.input;

import java.util.List;
import java.util.Optional;

/**
 * The models that transcribe, and how they differ.
 *
 * @param detectsTurns whether the server can end turns; if not, the client commits the buffer
 * @param billedByTokens whether its usage is in tokens, not in seconds
 * @param prompted whether it takes a `prompt`
 * @param contextual whether it takes `keywords` and `languages`
 * @param delayed whether it takes a `delay`
 */
public record TranscriptionModel(
    String name,
    boolean detectsTurns,
    boolean billedByTokens,
    boolean prompted,
    boolean contextual,
    boolean delayed) {
  private static final List<TranscriptionModel> ALL =
      List.of(
          new TranscriptionModel("gpt-live-transcribe", false, false, true, true, false),
          new TranscriptionModel("gpt-realtime-whisper", false, false, false, false, true),
          new TranscriptionModel("gpt-transcribe", true, false, true, true, false),
          new TranscriptionModel("gpt-4o-transcribe", true, true, true, false, false),
          new TranscriptionModel("gpt-4o-mini-transcribe", true, true, true, false, false),
          new TranscriptionModel(
              "gpt-4o-mini-transcribe-2025-12-15", true, true, true, false, false),
          new TranscriptionModel("gpt-4o-transcribe-diarize", true, true, true, false, false),
          new TranscriptionModel("whisper-1", true, false, true, false, false));

  public static Optional<TranscriptionModel> named(String name) {
    return ALL.stream().filter(model -> model.name.equals(name)).findFirst();
  }

  public static List<String> names() {
    return ALL.stream().map(TranscriptionModel::name).toList();
  }
}
