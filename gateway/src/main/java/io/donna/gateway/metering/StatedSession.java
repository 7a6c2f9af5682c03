package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
  static final String MOST_OUTPUT_OF_BETA = "max_response_output_tokens";

  private static final MemberSelection OF_SESSION =
      new MemberSelection(
          Map.of(
              "session",
              new MemberSelection(
                  Map.of(
                      "model",
                      MemberSelection.INCLUDE_ALL,
                      MOST_OUTPUT,
                      MemberSelection.INCLUDE_ALL,
                      MOST_OUTPUT_OF_BETA,
                      MemberSelection.INCLUDE_ALL,
                      "audio",
                      new MemberSelection(
                          Map.of(
                              "input",
                              MemberSelection.of("transcription", "format"),
                              "output",
                              new MemberSelection(Map.of("format", MemberSelection.of("type"))))),
                      "input_audio_transcription",
                      MemberSelection.of("model"),
                      "input_audio_format",
                      MemberSelection.INCLUDE_ALL,
                      "output_audio_format",
                      MemberSelection.INCLUDE_ALL))));

  /** A session with more than this in it is one stuffed to hide what it says. */
  private static final int LARGEST_SESSION = 1 << 20;

  /** 24,000 samples a second of two bytes, as speech is by default. */
  private static final int PCM_BYTES_PER_MS = 48;

  private static final int G711_BYTES_PER_MS = 8;
  private static final Set<String> G711 =
      Set.of("audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw");

  /** Updates that wait for an answer; what comes beyond is taken for the dearest. */
  private static final int MOST_ASKED = 64;

  /** Models that an update asks for, by name; empty where it asks for none. */
  private record Asked(String model, String transcriptionModel) {
    static final Asked UNKNOWN = new Asked(UpstreamStrings.UNKNOWN, UpstreamStrings.UNKNOWN);
  }

  private final InputAudio input;

  /** The latest of the updates that the upstream has not answered. */
  private final Deque<Asked> asked = new ArrayDeque<>(1);

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

  /** Models that the session may have by now, by updates that the upstream has not answered. */
  List<String> askedModels() {
    return asked.stream().map(Asked::model).filter(name -> !name.isEmpty()).toList();
  }

  /** Whether speech is written down, or will be once an update on its way is taken. */
  boolean mayTranscribe() {
    return transcriptionModel.isPresent() || !askedTranscriptionModels().isEmpty();
  }

  /** As {@link #askedModels}, of those that write down what the user says. */
  List<String> askedTranscriptionModels() {
    return asked.stream().map(Asked::transcriptionModel).filter(name -> !name.isEmpty()).toList();
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
      askedOutput = Optional.empty();
      remember(Asked.UNKNOWN);
      return;
    }
    ObjectNode session = picked(update);
    input.ask(SpeechFormat.bytesASecond(session).orElse(SpeechFormat.PCM_BYTES_A_SECOND));
    if (limitsOutput(session)) {
      askedOutput = mostOutput(session);
    }
    remember(
        new Asked(
            UpstreamStrings.name(session.path("model")),
            UpstreamStrings.firstOf(
                askedTranscription(session.path("audio").path("input").path("transcription")),
                askedTranscription(session.path("input_audio_transcription")))));
  }

  private void remember(Asked update) {
    if (asked.size() < MOST_ASKED) {
      asked.add(update);
    } else {
      asked.removeLast();
      asked.add(Asked.UNKNOWN);
    }
  }

  /** The upstream answers updates in order; one that it refused stays until a later is answered. */
  private void forgetAnswered() {
    while (asked.size() > input.unanswered()) {
      asked.remove();
    }
  }

  /** Which model it is where it names none is the upstream's choice. */
  private static String askedTranscription(JsonNode transcription) {
    return transcription.isObject()
        ? UpstreamStrings.firstOf(
            UpstreamStrings.name(transcription.path("model")), UpstreamStrings.UNKNOWN)
        : "";
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
      transcriptionModel = Optional.of(UpstreamStrings.UNKNOWN);
      mostOutput = Optional.empty();
      input.state(SpeechFormat.G711_BYTES_A_SECOND, answers);
      forgetAnswered();
      return;
    }
    ObjectNode session = picked(event);
    model = UpstreamStrings.firstOf(UpstreamStrings.name(session.path("model")), model);
    JsonNode audio = session.path("audio");
    String transcription =
        UpstreamStrings.firstOf(
            UpstreamStrings.name(audio.path("input").path("transcription").path("model")),
            UpstreamStrings.name(session.path("input_audio_transcription").path("model")));
    transcriptionModel = Optional.of(transcription).filter(named -> !named.isEmpty());
    String format = outputFormat(session);
    outputBytesPerMs = bytesPerMs(format);
    mostOutput = mostOutput(session);
    askedOutput = answers || mostOutput.isPresent() ? mostOutput : askedOutput;
    input.state(
        SpeechFormat.bytesASecond(session).orElse(SpeechFormat.PCM_BYTES_A_SECOND), answers);
    forgetAnswered();
  }

  private static String outputFormat(JsonNode settings) {
    return UpstreamStrings.firstOf(
        UpstreamStrings.name(settings.path("audio").path("output").path("format").path("type")),
        UpstreamStrings.name(settings.path("output_audio_format")));
  }

  private static int bytesPerMs(String format) {
    return G711.contains(format) ? G711_BYTES_PER_MS : PCM_BYTES_PER_MS;
  }

  /** Of what a response says, by its own options; empty where they name no format. */
  static Optional<Integer> outputBytesPerMs(JsonNode options) {
    return Optional.of(outputFormat(options))
        .filter(format -> !format.isEmpty())
        .map(StatedSession::bytesPerMs);
  }

  /** Whether an object says anything of the output's limit, by either of its names. */
  static boolean limitsOutput(JsonNode settings) {
    return settings.has(MOST_OUTPUT) || settings.has(MOST_OUTPUT_OF_BETA);
  }

  /** What an object says of it, the more where it says it twice; empty where it sets no limit. */
  static Optional<Long> mostOutput(JsonNode settings) {
    if (!settings.has(MOST_OUTPUT)) {
      return limit(settings.path(MOST_OUTPUT_OF_BETA));
    }
    Optional<Long> limit = limit(settings.path(MOST_OUTPUT));
    return settings.has(MOST_OUTPUT_OF_BETA)
        ? limit.flatMap(
            one -> limit(settings.path(MOST_OUTPUT_OF_BETA)).map(other -> Math.max(one, other)))
        : limit;
  }

  /** Only a whole number above 0 is one: what an upstream makes of another is not known. */
  private static Optional<Long> limit(JsonNode most) {
    double tokens = most.isNumber() ? most.asDouble(0) : 0;
    return tokens >= 1 && tokens == Math.rint(tokens) && !Double.isInfinite(tokens)
        ? Optional.of((long) Math.min(tokens, 1_000_000))
        : Optional.empty();
  }
}
