package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Pace;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Sends the transcript of the user's audio. Speech is not recognised, and the transcript says so.
 */
final class Transcription {
  private static final Duration PER_WORD = Duration.ofMillis(100);

  private final Events events;
  private final Pace pace;

  Transcription(Events events, Pace pace) {
    this.events = events;
    this.pace = pace;
  }

  void start(Item item) {
    String transcript =
        String.format(Locale.ROOT, "(%.1f seconds of speech)", item.audioMillis() / 1_000.0);
    sendFrom(0, ResponseScript.words(transcript), item, transcript);
  }

  private void sendFrom(int index, List<String> words, Item item, String transcript) {
    if (index == words.size()) {
      complete(item, transcript);
      return;
    }
    events.send(
        "conversation.item.input_audio_transcription.delta",
        event -> {
          event.put("item_id", item.id()).put("content_index", 0);
          Events.words(event, words.get(index));
        });
    pace.after(pace.scaled(PER_WORD), () -> sendFrom(index + 1, words, item, transcript));
  }

  private void complete(Item item, String transcript) {
    events.send(
        "conversation.item.input_audio_transcription.completed",
        event ->
            event
                .put("item_id", item.id())
                .put("content_index", 0)
                .put("transcript", transcript)
                .putObject("usage")
                .put("type", "duration")
                .put("seconds", Math.ceilDiv(item.audioMillis(), 1_000)));
  }
}
