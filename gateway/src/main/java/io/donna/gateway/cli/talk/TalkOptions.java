package io.donna.gateway.cli.talk;

import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The session options that differ from the server's defaults.
 *
 * @param textOnly answers are text
 * @param listening the user speaks: the server detects the end of a turn and transcribes the input
 * @param saving answers are saved, so their audio must be {@link Pcm}
 */
public record TalkOptions(boolean textOnly, boolean listening, boolean saving) {
  private static final String TRANSCRIPTION_MODEL = "gpt-realtime-whisper";

  /** The silence that ends a turn; shorter pauses are part of it. */
  private static final int SILENCE_MILLIS = 500;

  /** The options as a {@code session.update}; empty if the defaults suffice. */
  Optional<ObjectNode> update() {
    if (!textOnly && !listening && !saving) {
      return Optional.empty();
    }
    ObjectNode update = JsonMapper.shared().createObjectNode().put("type", "session.update");
    ObjectNode session = update.putObject("session").put("type", "realtime");
    if (textOnly) {
      session.putArray("output_modalities").add("text");
    }
    if (listening) {
      ObjectNode input = session.withObject("/audio/input");
      format(input);
      input.putObject("transcription").put("model", TRANSCRIPTION_MODEL);
      input
          .putObject("turn_detection")
          .put("type", "server_vad")
          .put("silence_duration_ms", SILENCE_MILLIS)
          .put("create_response", true);
    }
    if (saving) {
      format(session.withObject("/audio/output"));
    }
    return Optional.of(update);
  }

  private static void format(ObjectNode direction) {
    direction.putObject("format").put("type", "audio/pcm").put("rate", Pcm.RATE);
  }
}
