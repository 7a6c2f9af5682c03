package io.donna.simulator.input;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.speech.Words;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends the transcripts of the user's audio: the words of the script, or else that speech is not
 * recognised. Confined to the session's event loop.
 */
public final class InputTranscript {
  private static final Duration PER_WORD = Duration.ofMillis(100);

  private final Events events;
  private final Pace pace;
  private final Iterator<String> script;

  /** Adds the fields by which models differ. */
  public interface Details {
    /** Adds to a delta, after its text. */
    void delta(ObjectNode event, String text);

    /** Adds to the last event, after the transcript. */
    void completed(ObjectNode event, String transcript, long millis);
  }

  public InputTranscript(Events events, Pace pace, List<String> script) {
    this.events = events;
    this.pace = pace;
    this.script = script.iterator();
  }

  /** Sends the transcript of an item, then the last event. */
  public void start(String itemId, long millis, Details details) {
    String transcript =
        script.hasNext()
            ? script.next()
            : String.format(Locale.ROOT, "(%.1f seconds of speech)", millis / 1_000.0);
    sendFrom(
        0,
        Words.of(transcript),
        itemId,
        details,
        () ->
            send(
                "completed",
                itemId,
                event -> {
                  event.put("transcript", transcript);
                  details.completed(event, transcript, millis);
                }));
  }

  /** Sends an event about the transcript of an item. */
  public void send(String kind, String itemId, Consumer<ObjectNode> fields) {
    events.send(
        "conversation.item.input_audio_transcription." + kind,
        event -> fields.accept(event.put("item_id", itemId).put("content_index", 0)));
  }

  private void sendFrom(
      int index, List<String> words, String itemId, Details details, Runnable complete) {
    if (index == words.size()) {
      complete.run();
      return;
    }
    send(
        "delta",
        itemId,
        event -> {
          events.words(event, words.get(index));
          details.delta(event, words.get(index));
        });
    pace.after(pace.scaled(PER_WORD), () -> sendFrom(index + 1, words, itemId, details, complete));
  }
}
