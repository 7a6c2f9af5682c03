package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A turn of the user and its answer. The server may take a pause in a spoken turn for its end: the
 * turn is then over when the last part is answered.
 */
final class TalkTurn {
  /** How long to wait for input transcripts after the answer. */
  private static final Duration TRANSCRIPT_PATIENCE = Duration.ofSeconds(1);

  private final Connection connection;
  private final Printer printer;
  private final Optional<WavWriter> save;
  private final Duration timeout;

  private Optional<Microphone> microphone = Optional.empty();
  private ReceivedResponse answer;
  private boolean speaking;
  private boolean speechHeard;
  private int transcriptsOwed;
  private boolean unanswered = true;
  private long lastSign = System.nanoTime();
  private @Nullable TurnOutcome failure;

  TalkTurn(Connection connection, Printer printer, Optional<WavWriter> save, Duration timeout) {
    this.connection = connection;
    this.printer = printer;
    this.save = save;
    this.timeout = timeout;
    this.answer = new ReceivedResponse(printer, save, lastSign);
  }

  /**
   * @throws TalkFailure if the conversation cannot continue
   */
  TurnOutcome take(UserTurn userTurn) throws IOException, InterruptedException {
    try {
      passOver();
      begin(userTurn);
      while (failure == null && !isOver()) {
        step(userTurn);
      }
      if (failure != null) {
        return failure;
      }
      awaitTranscripts();
      return new TurnOutcome.Answered();
    } finally {
      answer.breakOff();
    }
  }

  /** Skips events since the last turn; throws if the conversation has ended. */
  private void passOver() throws TalkFailure, InterruptedException {
    Optional<JsonNode> event = connection.next(Duration.ZERO);
    while (event.isPresent()) {
      event = connection.next(Duration.ZERO);
    }
  }

  private void begin(UserTurn userTurn) throws TalkFailure, InterruptedException {
    switch (userTurn) {
      case UserTurn.Written(String text) -> {
        ObjectNode create = message("conversation.item.create");
        create
            .putObject("item")
            .put("type", "message")
            .put("role", "user")
            .putArray("content")
            .addObject()
            .put("type", "input_text")
            .put("text", text);
        connection.send(create);
        connection.send(message("response.create"));
      }
      case UserTurn.Spoken(Recording recording, boolean fast) -> {
        microphone = Optional.of(new Microphone(recording, fast, System.nanoTime()));
      }
    }
    asked();
  }

  private void step(UserTurn userTurn) throws IOException, InterruptedException {
    long now = System.nanoTime();
    Duration wait = timeout.minusNanos(now - lastSign);
    if (microphone.isPresent() && !microphone.get().isDone()) {
      Optional<byte[]> part = microphone.get().part(now);
      if (part.isPresent()) {
        String audio = Base64.getEncoder().encodeToString(part.get());
        connection.send(message("input_audio_buffer.append").put("audio", audio));
        lastSign = System.nanoTime();
        wait = Duration.ZERO;
      } else {
        wait = microphone.get().untilDue(now);
      }
    } else if (!wait.isPositive()) {
      throw silence(userTurn);
    }
    Optional<JsonNode> event = connection.next(wait);
    if (event.isPresent()) {
      lastSign = System.nanoTime();
      hear(event.get());
    }
  }

  private TalkFailure silence(UserTurn userTurn) {
    return userTurn instanceof UserTurn.Spoken(Recording recording, _) && !speechHeard
        ? new TalkFailure("the server detected no speech in " + recording.name())
        : Diagnosis.silent(timeout, "the answer");
  }

  private boolean isOver() {
    return !unanswered && !speaking && microphone.map(Microphone::isDone).orElse(true);
  }

  private void awaitTranscripts() throws IOException, InterruptedException {
    long begun = System.nanoTime();
    Duration left = TRANSCRIPT_PATIENCE;
    while (transcriptsOwed > 0 && left.isPositive()) {
      Optional<JsonNode> event = connection.next(left);
      if (event.isPresent()) {
        hear(event.get());
      }
      left = TRANSCRIPT_PATIENCE.minusNanos(System.nanoTime() - begun);
    }
  }

  /** Accepts the event names of the beta too, which some vendors still use. */
  private void hear(JsonNode event) throws IOException {
    switch (event.path("type").asString("")) {
      case "input_audio_buffer.speech_started" -> {
        speaking = true;
        speechHeard = true;
      }
      case "input_audio_buffer.speech_stopped" -> {
        speaking = false;
        microphone.ifPresent(Microphone::endHeard);
      }
      case "input_audio_buffer.committed" -> {
        unanswered = true;
        transcriptsOwed++;
        asked();
      }
      case "conversation.item.input_audio_transcription.completed" -> {
        transcriptsOwed--;
        printer.heard(event.path("transcript").asString(""));
      }
      case "conversation.item.input_audio_transcription.failed" -> transcriptsOwed--;
      case "response.output_audio.delta", "response.audio.delta" ->
          answer.audio(event.path("delta").asString(""));
      case "response.output_audio_transcript.delta",
          "response.audio_transcript.delta",
          "response.output_text.delta",
          "response.text.delta" ->
          answer.text(event.path("delta").asString(""));
      case "response.done" -> responseDone(event.path("response"));
      case "error" -> failure = new TurnOutcome.Failed(Diagnosis.error(event));
      case "auth_error" -> throw new TalkFailure(Diagnosis.refusedToken(event));
      case "realtime_disconnected" -> throw new TalkFailure(Diagnosis.UPSTREAM_GONE);
      default -> {}
    }
  }

  private void responseDone(JsonNode response) {
    String status = response.path("status").asString("");
    String reason = response.path("status_details").path("reason").asString("");
    if (status.equals("completed") && !answer.isEmpty()) {
      answer.complete(response.path("usage"));
      unanswered = false;
    } else if (status.equals("cancelled")
        && reason.equals("turn_detected")
        && microphone.isPresent()) {
      // The recording continued after a pause; the answer to all of it follows.
      answer.breakOff();
      unanswered = true;
    } else if (status.equals("completed")) {
      failure = new TurnOutcome.Failed("the answer is empty: no text and no audio");
    } else {
      failure = new TurnOutcome.Failed(Diagnosis.unfinished(response));
    }
    asked();
  }

  /** The user's turn has ended; an answer is expected. */
  private void asked() {
    answer = new ReceivedResponse(printer, save, System.nanoTime());
  }

  private static ObjectNode message(String type) {
    return JsonMapper.shared().createObjectNode().put("type", type);
  }
}
