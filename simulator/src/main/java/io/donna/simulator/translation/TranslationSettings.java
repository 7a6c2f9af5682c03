package io.donna.simulator.translation;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Choice;
import io.donna.simulator.protocol.Shape.Decimal;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.OrNull;
import io.donna.simulator.protocol.Shape.Text;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The session object of a translation. Confined to the session's event loop. */
final class TranslationSettings {
  private static final Shape TEXT = new Text();
  private static final Shape SESSION =
      Fields.object(
          "audio",
          Fields.object(
              "input",
              Fields.object(
                  "transcription",
                  new OrNull(Fields.required(List.of("model"), "model", TEXT)),
                  "noise_reduction",
                  new OrNull(
                      Fields.required(
                          List.of("type"),
                          "type",
                          new Choice("near_field", "far_field"),
                          "strength",
                          new Decimal(0, 1)))),
              "output",
              Fields.object("language", TEXT)));

  private final ObjectNode session;

  TranslationSettings(String id, String model, Instant expiresAt) {
    session =
        Json.object()
            .put("id", id)
            .put("type", "translation")
            .put("model", model)
            .put("expires_at", expiresAt.getEpochSecond());
    ObjectNode audio = session.putObject("audio");
    audio.putObject("input").putNull("transcription").putNull("noise_reduction");
    audio.putObject("output").put("language", "es");
  }

  ObjectNode json() {
    return session;
  }

  /** Applies a `session.update`. One that contains an error changes nothing. */
  Optional<ProtocolError> update(JsonNode patch) {
    Optional<ProtocolError> error = SESSION.check("session", patch);
    if (error.isEmpty()) {
      for (String direction : List.of("input", "output")) {
        for (Map.Entry<String, JsonNode> field : patch.at("/audio/" + direction).properties()) {
          ((ObjectNode) session.at("/audio/" + direction))
              .set(field.getKey(), field.getValue().deepCopy());
        }
      }
    }
    return error;
  }

  boolean transcribesInput() {
    return session.at("/audio/input/transcription").isObject();
  }

  String language() {
    return session.at("/audio/output/language").stringValue();
  }
}
