package io.donna.gateway.policy;

import java.util.List;

/** How the models that transcribe differ. */
public final class TranscriptionModels {
  /** The begin of their names; a dated version has the date after it. */
  private static final List<String> STREAMING =
      List.of("gpt-realtime-whisper", "gpt-live-transcribe");

  private TranscriptionModels() {}

  /**
   * Whether a model transcribes speech as it comes, before it is committed. The upstream detects no
   * turns for such a model in a transcription session.
   */
  public static boolean streams(String model) {
    return STREAMING.stream().anyMatch(model::startsWith);
  }
}
