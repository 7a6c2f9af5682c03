package io.donna.simulator.transcription;

import io.donna.simulator.input.DurationUsage;
import io.donna.simulator.input.InputTranscript;
import io.donna.simulator.input.TranscriptionModel;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.SessionFault;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields of a transcript that depend on its model: log probabilities, languages and usage. */
record TranscriptDetails(TranscriptionSettings settings, Events events)
    implements InputTranscript.Details {
  private static final int MILLIS_PER_TOKEN = 100;
  private static final int CHARACTERS_PER_TOKEN = 4;

  @Override
  public void delta(ObjectNode event, String text) {
    addLogprobs(event, text);
  }

  @Override
  public void completed(ObjectNode event, String transcript, long millis) {
    addLogprobs(event, transcript);
    if (settings.modelName().equals("gpt-transcribe")) {
      ArrayNode languages = event.putArray("languages");
      if (settings.languages() instanceof ArrayNode expected) {
        expected.forEach(code -> languages.addObject().set("code", code));
      } else {
        languages.addObject().put("code", "en");
      }
    }
    if (settings.model().filter(TranscriptionModel::billedByTokens).isEmpty()) {
      new DurationUsage(events).completed(event, transcript, millis);
    } else if (!events.has(SessionFault.NO_USAGE)) {
      addTokens(event.putObject("usage"), transcript, millis);
    }
  }

  private void addLogprobs(ObjectNode event, String text) {
    if (settings.includesLogprobs()) {
      ArrayNode bytes =
          event
              .putArray("logprobs")
              .addObject()
              .put("token", text)
              .put("logprob", -0.1)
              .putArray("bytes");
      for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
        bytes.add(one & 0xFF);
      }
    }
  }

  private static void addTokens(ObjectNode usage, String transcript, long millis) {
    long audio = Math.ceilDiv(millis, MILLIS_PER_TOKEN);
    int output = Math.ceilDiv(transcript.length(), CHARACTERS_PER_TOKEN);
    usage
        .put("type", "tokens")
        .put("input_tokens", audio)
        .putObject("input_token_details")
        .put("text_tokens", 0)
        .put("audio_tokens", audio);
    usage.put("output_tokens", output).put("total_tokens", audio + output);
  }
}
