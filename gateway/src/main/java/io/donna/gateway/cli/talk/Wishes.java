package io.donna.gateway.cli.talk;

import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the session should differ from what it is by itself.
 *
 * @param textOnly answers are written
 * @param listening the user speaks: the server finds the end of a turn and writes down what it
 *     hears
 * @param saving answers are kept, so they have to be {@link Pcm}
 */
public record Wishes(boolean textOnly, boolean listening, boolean saving) {
  private static final String TRANSCRIPTION_MODEL = "gpt-realtime-whisper";

  /** A turn ends after this much silence: short pauses are part of it. */
  private static final int SILENCE_MILLIS = 500;

  /** As a {@code session.update}; none where the session will do as it is. */
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
