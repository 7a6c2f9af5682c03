package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What costs depend on in a session: as the upstream states it, and as it was last asked for.
 * Confined to the session's event loop.
 */
final class StatedSession {
  static final String MOST_OUTPUT = "max_output_tokens";
  private static final String MOST_OUTPUT_OF_BETA = "max_response_output_tokens";

  private static final Picked OF_SESSION =
      new Picked(
          Map.of(
              "session",
              new Picked(
                  Map.of(
                      "model",
                      Picked.INCLUDE_ALL,
                      MOST_OUTPUT,
                      Picked.INCLUDE_ALL,
                      MOST_OUTPUT_OF_BETA,
                      Picked.INCLUDE_ALL,
                      "audio",
                      new Picked(
                          Map.of(
                              "input",
                              Picked.of("transcription", "format"),
                              "output",
                              new Picked(Map.of("format", Picked.of("type"))))),
                      "input_audio_transcription",
                      Picked.of("model"),
                      "input_audio_format",
                      Picked.INCLUDE_ALL,
                      "output_audio_format",
                      Picked.INCLUDE_ALL))));

  /** A session with more than this in it is one stuffed to hide what it says. */
  private static final int LARGEST_SESSION = 1 << 20;

  /** 24,000 samples a second of two bytes, as speech is by default. */
  private static final int PCM_BYTES_PER_MS = 48;

  private static final int G711_BYTES_PER_MS = 8;
  private static final Set<String> G711 =
      Set.of("audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw");

  private final InputAudio input;
  private String model;
  private Optional<String> transcriptionModel = Optional.empty();
  private int outputBytesPerMs = PCM_BYTES_PER_MS;

  /** In tokens; empty where there is no limit. */
  private Optional<Long> mostOutput = Optional.empty();

  private Optional<Long> askedOutput = Optional.empty();

  StatedSession(String model, InputAudio input) {
    this.model = model;
    this.input = input;
  }

  void setModel(String now) {
    model = now;
  }

  String model() {
    return model;
  }

  Optional<String> transcriptionModel() {
    return transcriptionModel;
  }

  int outputBytesPerMs() {
    return outputBytesPerMs;
  }

  /** The most tokens that a response may put out; the more, where an update is on its way. */
  Optional<Long> mostOutput() {
    return mostOutput.flatMap(stated -> askedOutput.map(asked -> Math.max(stated, asked)));
  }

  /**
   * Whether the limit may be another by now: the upstream may have taken any of the updates that it
   * has not answered, and refused the others.
   */
  boolean isChanging() {
    return input.isChanging();
  }

  /** What was asked for last, whether or not the upstream has taken it. */
  Optional<Long> askedOutput() {
    return askedOutput;
  }

  /** Somebody asks the upstream for another session. */
  void ask(Event update) {
    if (update.length() > LARGEST_SESSION) {
      input.ask(SpeechFormat.G711_BYTES_A_SECOND);
      return;
    }
    ObjectNode asked = picked(update);
    input.ask(SpeechFormat.bytesASecond(asked).orElse(SpeechFormat.PCM_BYTES_A_SECOND));
    if (asked.has(MOST_OUTPUT) || asked.has(MOST_OUTPUT_OF_BETA)) {
      askedOutput = mostOutput(asked);
    }
  }

  /** Empty where it holds nothing that matters. */
  private static ObjectNode picked(Event event) {
    return OF_SESSION.from(event).path("session") instanceof ObjectNode session
        ? session
        : JsonNodeFactory.instance.objectNode();
  }

  /** The upstream says what the session is. */
  void learn(Event event) {
    boolean answers = event.type() != EventType.SESSION_CREATED;
    if (event.length() > LARGEST_SESSION) {
      transcriptionModel = Optional.of(Texts.UNKNOWN);
      mostOutput = Optional.empty();
      input.state(SpeechFormat.G711_BYTES_A_SECOND, answers);
      return;
    }
    ObjectNode session = picked(event);
    model = Texts.firstOf(Texts.name(session.path("model")), model);
    JsonNode audio = session.path("audio");
    String transcription =
        Texts.firstOf(
            Texts.name(audio.path("input").path("transcription").path("model")),
            Texts.name(session.path("input_audio_transcription").path("model")));
    transcriptionModel = Optional.of(transcription).filter(named -> !named.isEmpty());
    String format =
        Texts.firstOf(
            Texts.name(audio.path("output").path("format").path("type")),
            Texts.name(session.path("output_audio_format")));
    outputBytesPerMs = G711.contains(format) ? G711_BYTES_PER_MS : PCM_BYTES_PER_MS;
    mostOutput = mostOutput(session);
    askedOutput = answers || mostOutput.isPresent() ? mostOutput : askedOutput;
    input.state(
        SpeechFormat.bytesASecond(session).orElse(SpeechFormat.PCM_BYTES_A_SECOND), answers);
  }

  /** What an object says of it; empty where it sets no limit. */
  static Optional<Long> mostOutput(JsonNode session) {
    JsonNode most =
        session.has(MOST_OUTPUT) ? session.path(MOST_OUTPUT) : session.path(MOST_OUTPUT_OF_BETA);
    return most.isNumber()
        ? Optional.of((long) Math.clamp(most.asDouble(1), 1, 1_000_000))
        : Optional.empty();
  }
}
