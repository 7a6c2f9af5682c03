package io.donna.simulator.translation;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.Events;
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
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A session that interprets while the user speaks. For every 200 ms of input there are 200 ms of
 * output. Confined to its event loop.
 */
final class TranslationSession implements Session {
  private static final AudioFormat FORMAT = AudioFormat.PCM;
  private static final int FRAME_MILLIS = 200;
  private static final Duration LATENESS = Duration.ofSeconds(5);
  private static final int NORMAL = 1000;
  private static final int NO_CODE = 1005;
  private static final int TIME_LIMIT = 1001;
  private static final String LIMIT_REASON = "Your session hit the maximum duration of 60 minutes.";

  private static final Vocabulary VOCABULARY =
      new Vocabulary(
          RealtimeEvents.CLIENT_TYPES,
          Map.of(
              "session.update",
              Vocabulary.event(List.of("session"), "session", new Shape.Anything()),
              "session.input_audio_buffer.append",
              Vocabulary.event(List.of("audio"), "audio", new Shape.Text()),
              "session.close",
              Vocabulary.event(List.of())),
          "is not accepted in a translation session.");

  private final Outlet outlet;
  private final Pace pace;
  private final Duration limit;
  private final Consumer<String> journal;
  private final Events events;
  private final TranslationSettings settings;
  private final Interpreter interpreter;
  private final short[] frame = new short[FORMAT.samples(FRAME_MILLIS)];
  private int inFrame;
  private long millis;
  private boolean closing;

  TranslationSession(String model, SessionContext context) {
    outlet = context.outlet();
    pace = context.pace();
    limit = context.limit();
    journal = context.journal();
    events = new Events(outlet, context.ids());
    settings = new TranslationSettings(context.ids().session(), model, pace.now().plus(limit));
    interpreter = new Interpreter(FORMAT, context.script(), settings::language);
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
    if (closing) {
      return Optional.of(
          ProtocolError.invalidRequest("session_closing", "The session is closing."));
    }
    return switch (type) {
      case "session.update" -> update(event.get("session"));
      case "session.input_audio_buffer.append" -> append(event.get("audio").stringValue());
      case "session.close" -> {
        close();
        yield Optional.empty();
      }
      default -> throw new IllegalStateException("No event is read from " + type);
    };
  }

  private Optional<ProtocolError> update(JsonNode patch) {
    Optional<ProtocolError> error = settings.update(patch);
    if (error.isEmpty()) {
      events.send("session.updated", event -> event.set("session", settings.json()));
    }
    return error;
  }

  private Optional<ProtocolError> append(String base64) {
    byte[] wire;
    try {
      wire = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return notAudio();
    }
    if (!FORMAT.wholeSamples(wire)) {
      return notAudio();
    }
    for (short sample : FORMAT.decode(wire)) {
      frame[inFrame++] = sample;
      if (inFrame == frame.length) {
        inFrame = 0;
        interpreter.hear(frame);
        passed();
      }
    }
    return Optional.empty();
  }

  /** Sends what belongs to the 200 ms just heard. */
  private void passed() {
    millis += FRAME_MILLIS;
    sendAudio(interpreter.nextFrame(FORMAT.samples(FRAME_MILLIS)));
    String heard = interpreter.takeHeard();
    if (settings.transcribesInput()) {
      sendWords("session.input_transcript.delta", heard);
    }
    sendWords("session.output_transcript.delta", interpreter.takeSaid());
  }

  private void sendAudio(short[] samples) {
    if (samples.length > 0) {
      events.send(
          "session.output_audio.delta",
          event ->
              event
                  .put("delta", Base64.getEncoder().encodeToString(FORMAT.encode(samples)))
                  .put("sample_rate", FORMAT.rate())
                  .put("channels", 1)
                  .put("format", "pcm16")
                  .put("elapsed_ms", millis));
    }
  }

  private void sendWords(String type, String words) {
    if (!words.isEmpty()) {
      events.send(type, event -> event.put("delta", words).put("elapsed_ms", millis));
    }
  }

  /** Sends all that is still to say, then confirms the end. */
  private void close() {
    closing = true;
    interpreter.finish();
    while (interpreter.hasMore()) {
      passed();
    }
    if (outlet.has(SessionFault.NO_CLOSED)) {
      end();
    } else if (outlet.has(SessionFault.LATE_CLOSED)) {
      pace.after(pace.scaled(LATENESS), this::confirm);
    } else {
      confirm();
    }
  }

  private void confirm() {
    events.send("session.closed", event -> {});
    end();
  }

  private void end() {
    journal.accept("closed after " + millis + " ms");
    outlet.close(outlet.has(SessionFault.NO_CLOSE_CODE) ? NO_CODE : NORMAL, "");
  }

  private static Optional<ProtocolError> notAudio() {
    return Optional.of(
        ProtocolError.invalidValue(
            "audio", "Invalid 'audio'. Expected base64-encoded PCM16 audio at 24 kHz."));
  }
}
