package io.donna.simulator.transcription;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.input.InputAudio;
import io.donna.simulator.input.InputTranscript;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.RealtimeEvents;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionFault;
import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Vocabulary;
import io.donna.simulator.protocol.Vocabulary.Reading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A session that only transcribes: it has items, and no responses. Confined to its event loop. */
final class TranscriptionSession implements Session {
  private static final int TIME_LIMIT = 1001;
  private static final String LIMIT_REASON = "Your session hit the maximum duration of 60 minutes.";
  private static final Duration LATENESS = Duration.ofSeconds(10);

  private static final Vocabulary VOCABULARY =
      new Vocabulary(
          RealtimeEvents.CLIENT_TYPES,
          Map.of(
              "session.update",
              Vocabulary.event(List.of("session"), "session", new Shape.Anything()),
              "input_audio_buffer.append",
              Vocabulary.event(List.of("audio"), "audio", new Shape.Text()),
              "input_audio_buffer.commit",
              Vocabulary.event(List.of()),
              "input_audio_buffer.clear",
              Vocabulary.event(List.of())),
          "is not accepted in a transcription session.");

  private final Outlet outlet;
  private final Pace pace;
  private final Duration limit;
  private final Consumer<String> journal;
  private final Events events;
  private final TranscriptionSettings settings;
  private final InputTranscript transcript;
  private final InputAudio input;
  private @Nullable String lastItemId;

  TranscriptionSession(SessionContext context) {
    outlet = context.outlet();
    pace = context.pace();
    limit = context.limit();
    journal = context.journal();
    Ids ids = context.ids();
    events = new Events(outlet, ids);
    settings = new TranscriptionSettings(ids.session(), pace.now().plus(limit));
    transcript = new InputTranscript(events, pace, context.script());
    input = new InputAudio(settings, events, () -> lastItemId, new Turns());
  }

  @Override
  public void start() {
    events.send("session.created", event -> event.set("session", settings.json()));
    pace.after(limit, () -> outlet.close(TIME_LIMIT, LIMIT_REASON));
  }

  @Override
  public void receive(String message) {
    Reading reading = VOCABULARY.read(message);
    Optional<ProtocolError> error =
        switch (reading) {
          case Reading.Understood(String type, ObjectNode event, _) -> handle(type, event);
          case Reading.Rejected(ProtocolError rejection, _) -> Optional.of(rejection);
        };
    error.ifPresent(it -> events.sendError(it, reading.eventId()));
  }

  @Override
  public void receiveBinary() {
    events.sendError(RealtimeEvents.BINARY, null);
  }

  @Override
  public void stop() {
    pace.stop();
  }

  private Optional<ProtocolError> handle(String type, ObjectNode event) {
    return switch (type) {
      case "session.update" -> update(event.get("session"));
      case "input_audio_buffer.append" -> input.append(event.get("audio").stringValue());
      case "input_audio_buffer.commit" -> input.commit();
      case "input_audio_buffer.clear" -> {
        input.clear();
        yield Optional.empty();
      }
      default -> throw new IllegalStateException("No event is read from " + type);
    };
  }

  private Optional<ProtocolError> update(JsonNode patch) {
    String model = patch.at("/audio/input/transcription/model").asString("");
    Optional<ProtocolError> error = settings.update(patch, outlet.misbehave(model));
    if (error.isEmpty()) {
      events.send("session.updated", event -> event.set("session", settings.json()));
    }
    return error;
  }

  private void transcribe(String itemId, long millis) {
    if (outlet.has(SessionFault.FAILED_TRANSCRIPTION)) {
      transcript.send(
          "failed",
          itemId,
          event ->
              event
                  .putObject("error")
                  .put("type", "server_error")
                  .putNull("code")
                  .put("message", "Input transcription failed for item '" + itemId + "'.")
                  .putNull("param"));
      return;
    }
    TranscriptDetails details = new TranscriptDetails(settings, events);
    if (outlet.has(SessionFault.LATE_USAGE)) {
      pace.after(pace.scaled(LATENESS), () -> transcript.start(itemId, millis, details));
    } else {
      transcript.start(itemId, millis, details);
    }
  }

  private final class Turns implements InputAudio.Listener {
    @Override
    public void speechStarted() {
      // There is nothing to interrupt.
    }

    @Override
    public void committed(
        String itemId, short[] samples, AudioFormat format, boolean foundByServer) {
      long millis = format.millis(samples.length);
      journal.accept("heard " + millis + " ms");
      String previous = lastItemId;
      lastItemId = itemId;
      ObjectNode item = item(itemId);
      events.sendItem("conversation.item.added", previous, item);
      events.sendItem("conversation.item.done", previous, item);
      if (settings.transcribes()) {
        transcribe(itemId, millis);
      }
    }

    private ObjectNode item(String itemId) {
      ObjectNode item =
          Json.object()
              .put("id", itemId)
              .put("type", "message")
              .put("status", "completed")
              .put("role", "user");
      item.putArray("content").addObject().put("type", "input_audio").putNull("transcript");
      return item;
    }
  }
}
