package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.MemberSelection;
import io.donna.gateway.policy.SpeechFormat;
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
 * The session settings that costs depend on: as the upstream stated them, and as last requested.
 * Confined to the session's event loop.
 */
final class StatedSession {
  static final String MAX_OUTPUT = "max_output_tokens";
  static final String BETA_MAX_OUTPUT = "max_response_output_tokens";

  private static final MemberSelection OF_SESSION =
      new MemberSelection(
          Map.of(
              "session",
              new MemberSelection(
                  Map.of(
                      "model",
                      MemberSelection.INCLUDE_ALL,
                      MAX_OUTPUT,
                      MemberSelection.INCLUDE_ALL,
                      BETA_MAX_OUTPUT,
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

  /** In bytes; a larger session is stuffed to hide its settings. */
  private static final int LARGEST_SESSION = 1 << 20;

  /** The default format: 24,000 samples a second, two bytes each. */
  private static final int PCM_BYTES_PER_MS = 48;

  private static final int G711_BYTES_PER_MS = 8;
  private static final Set<String> G711 =
      Set.of("audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw");

  /** Unanswered updates that are kept; further ones count as the most expensive. */
  private static final int MAX_PENDING = 64;

  /** The models that an update asks for; empty if it asks for none. */
  private record PendingUpdate(String model, String transcriptionModel) {
    static final PendingUpdate UNKNOWN =
        new PendingUpdate(UpstreamStrings.UNKNOWN, UpstreamStrings.UNKNOWN);
  }

  private final InputAudio input;

  /** The latest unanswered updates. */
  private final Deque<PendingUpdate> pending = new ArrayDeque<>(1);

  private String model;
  private Optional<String> transcriptionModel = Optional.empty();
  private int outputBytesPerMs = PCM_BYTES_PER_MS;

  /** In tokens; empty for no limit. */
  private Optional<Long> mostOutput = Optional.empty();

  private Optional<Long> requestedOutput = Optional.empty();

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

  /** The models that unanswered updates ask for, which may be in force by now. */
  List<String> pendingModels() {
    return pending.stream().map(PendingUpdate::model).filter(name -> !name.isEmpty()).toList();
  }

  /** Whether speech is transcribed, or will be if an unanswered update is accepted. */
  boolean mayTranscribe() {
    return transcriptionModel.isPresent() || !pendingTranscriptionModels().isEmpty();
  }

  /** As {@link #pendingModels}, for transcription models. */
  List<String> pendingTranscriptionModels() {
    return pending.stream()
        .map(PendingUpdate::transcriptionModel)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /**
   * The output limit of a response, in tokens: the higher of the stated and the requested one;
   * empty if either sets no limit.
   */
  Optional<Long> mostOutput() {
    return mostOutput.flatMap(
        stated -> requestedOutput.map(requested -> Math.max(stated, requested)));
  }

  /**
   * Whether the output limit may have changed: the upstream may have accepted any of the unanswered
   * updates, and refused others.
   */
  boolean isChanging() {
    return input.isChanging();
  }

  /** The output limit last requested, accepted or not. */
  Optional<Long> requestedOutput() {
    return requestedOutput;
  }

  /** Records an update sent to the upstream. */
  void onUpdate(Event update) {
    if (update.length() > LARGEST_SESSION) {
      input.ask(SpeechFormat.G711_BYTES_PER_SECOND);
      requestedOutput = Optional.empty();
      remember(PendingUpdate.UNKNOWN);
      return;
    }
    ObjectNode session = selected(update);
    input.ask(SpeechFormat.bytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND));
    if (limitsOutput(session)) {
      requestedOutput = mostOutput(session);
    }
    remember(
        new PendingUpdate(
            UpstreamStrings.name(session.path("model")),
            UpstreamStrings.firstOf(
                requestedTranscription(session.path("audio").path("input").path("transcription")),
                requestedTranscription(session.path("input_audio_transcription")))));
  }

  private void remember(PendingUpdate update) {
    if (pending.size() < MAX_PENDING) {
      pending.add(update);
    } else {
      pending.removeLast();
      pending.add(PendingUpdate.UNKNOWN);
    }
  }

  /**
   * Drops answered updates. The upstream answers in order; a refused update stays until a later one
   * is answered.
   */
  private void forgetAnswered() {
    while (pending.size() > input.unanswered()) {
      pending.remove();
    }
  }

  /**
   * The transcription model of an update; unknown if it names none, because the upstream then
   * chooses.
   */
  private static String requestedTranscription(JsonNode transcription) {
    return transcription.isObject()
        ? UpstreamStrings.firstOf(
            UpstreamStrings.name(transcription.path("model")), UpstreamStrings.UNKNOWN)
        : "";
  }

  /** The relevant settings of an event; empty if it has none. */
  private static ObjectNode selected(Event event) {
    return OF_SESSION.from(event).path("session") instanceof ObjectNode session
        ? session
        : JsonNodeFactory.instance.objectNode();
  }

  /** Records a session that the upstream states. */
  void onStated(Event event) {
    boolean answers = event.type() != EventType.SESSION_CREATED;
    if (event.length() > LARGEST_SESSION) {
      transcriptionModel = Optional.of(UpstreamStrings.UNKNOWN);
      mostOutput = Optional.empty();
      input.state(SpeechFormat.G711_BYTES_PER_SECOND, answers);
      forgetAnswered();
      return;
    }
    ObjectNode session = selected(event);
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
    requestedOutput = answers || mostOutput.isPresent() ? mostOutput : requestedOutput;
    input.state(
        SpeechFormat.bytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND), answers);
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

  /** The byte rate of a response's speech by its options; empty if they name no format. */
  static Optional<Integer> outputBytesPerMs(JsonNode options) {
    return Optional.of(outputFormat(options))
        .filter(format -> !format.isEmpty())
        .map(StatedSession::bytesPerMs);
  }

  /** Whether an object sets the output limit, by either of its names. */
  static boolean limitsOutput(JsonNode settings) {
    return settings.has(MAX_OUTPUT) || settings.has(BETA_MAX_OUTPUT);
  }

  /** The output limit in an object, the higher if it has both names; empty for no limit. */
  static Optional<Long> mostOutput(JsonNode settings) {
    if (!settings.has(MAX_OUTPUT)) {
      return limit(settings.path(BETA_MAX_OUTPUT));
    }
    Optional<Long> limit = limit(settings.path(MAX_OUTPUT));
    return settings.has(BETA_MAX_OUTPUT)
        ? limit.flatMap(
            one -> limit(settings.path(BETA_MAX_OUTPUT)).map(other -> Math.max(one, other)))
        : limit;
  }

  /** Only a whole number above 0 is a limit: how an upstream reads anything else is unknown. */
  private static Optional<Long> limit(JsonNode most) {
    double tokens = most.isNumber() ? most.asDouble(0) : 0;
    return tokens >= 1 && tokens == Math.rint(tokens) && !Double.isInfinite(tokens)
        ? Optional.of((long) Math.min(tokens, 1_000_000))
        : Optional.empty();
  }
}
