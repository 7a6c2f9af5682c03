package io.donna.simulator.transcription;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.input.InputAudio;
import io.donna.simulator.input.InputShapes;
import io.donna.simulator.input.SessionMerge;
import io.donna.simulator.input.TranscriptionModel;
import io.donna.simulator.input.TurnDetection;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Choice;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Listing;
import io.donna.simulator.protocol.Shape.OrNull;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The session object of a transcription, and the rules of its models. An update that contains an
 * error changes nothing. Confined to the session's event loop.
 */
final class TranscriptionSettings implements InputAudio.Settings {
  private static final String LOGPROBS = "item.input_audio_transcription.logprobs";

  private static final Shape SESSION =
      Fields.required(
          List.of("type"),
          "type",
          new Choice("transcription"),
          "include",
          new OrNull(new Listing(new Choice(LOGPROBS))),
          "audio",
          Fields.object("input", InputShapes.AUDIO_INPUT));

  private ObjectNode session;

  TranscriptionSettings(String id, Instant expiresAt) {
    session =
        Json.object()
            .put("type", "transcription")
            .put("object", "realtime.transcription_session")
            .put("id", id)
            .put("expires_at", expiresAt.getEpochSecond());
    session.putObject("audio").set("input", SessionMerge.audioInput());
    session.putNull("include");
  }

  ObjectNode json() {
    return session;
  }

  /**
   * Applies a `session.update`.
   *
   * @param faulty whether the model names a fault and is therefore valid
   */
  Optional<ProtocolError> update(JsonNode patch, boolean faulty) {
    if ("realtime".equals(patch.path("type").asString(""))) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "invalid_parameter",
              "Passing a realtime session update event to a transcription session is not allowed.",
              "session.type"));
    }
    Optional<ProtocolError> error = SESSION.check("session", patch);
    if (error.isPresent()) {
      return error;
    }
    ObjectNode merged = session.deepCopy();
    SessionMerge.merge(merged, patch);
    JsonNode transcription = merged.at("/audio/input/transcription");
    String name = transcription.path("model").asString("");
    Optional<TranscriptionModel> model = TranscriptionModel.named(name);
    if (model.isEmpty() && !name.isEmpty() && !faulty) {
      return Optional.of(
          ProtocolError.unsupported(
              "session.audio.input.transcription.model", name, TranscriptionModel.names()));
    }
    error = model.flatMap(it -> violation(it, patch.at("/audio/input"), transcription));
    if (error.isPresent()) {
      return error;
    }
    if (model.filter(it -> !it.detectsTurns()).isPresent()) {
      ((ObjectNode) merged.at("/audio/input")).putNull("turn_detection");
    }
    session = merged;
    return Optional.empty();
  }

  /** The model that transcribes; empty if none is set. */
  Optional<TranscriptionModel> model() {
    return TranscriptionModel.named(modelName());
  }

  String modelName() {
    return session.at("/audio/input/transcription/model").asString("");
  }

  boolean transcribes() {
    return session.at("/audio/input/transcription").isObject();
  }

  /** The languages that the client expects. */
  JsonNode languages() {
    return session.at("/audio/input/transcription/languages");
  }

  boolean includesLogprobs() {
    return session.path("include").valueStream().anyMatch(it -> LOGPROBS.equals(it.asString("")));
  }

  @Override
  public AudioFormat inputFormat() {
    return AudioFormat.named(session.at("/audio/input/format/type").asString(""));
  }

  @Override
  public Optional<TurnDetection> turnDetection() {
    return TurnDetection.of(session.at("/audio/input/turn_detection"));
  }

  /** Why a model does not take what an update sets; empty if it does. */
  private static Optional<ProtocolError> violation(
      TranscriptionModel model, JsonNode patch, JsonNode transcription) {
    if (!model.detectsTurns() && patch.path("turn_detection").isObject()) {
      return notSupported("Turn detection", "turn_detection");
    }
    if (!model.prompted() && transcription.path("prompt").isString()) {
      return notSupported("Prompt", "transcription.prompt");
    }
    if (!model.contextual() && transcription.path("keywords").isArray()) {
      return notSupported("Keywords", "transcription.keywords");
    }
    if (!model.contextual() && transcription.path("languages").isArray()) {
      return notSupported("Languages", "transcription.languages");
    }
    if (!model.delayed() && transcription.path("delay").isString()) {
      return notSupported("Delay", "transcription.delay");
    }
    return Optional.empty();
  }

  private static Optional<ProtocolError> notSupported(String what, String where) {
    String verb = what.endsWith("s") ? " are" : " is";
    return Optional.of(
        ProtocolError.invalidValue(
            "session.audio.input." + where,
            what + verb + " not supported for this transcription model."));
  }
}
