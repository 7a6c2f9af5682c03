package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.Json;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The effective settings of a response: those of its own event override those of the session. */
record ResponseOptions(ObjectNode session, ObjectNode own) {

  boolean inConversation() {
    return !"none".equals(own.path("conversation").asString("auto"));
  }

  /** The response's own input, which replaces the conversation, if present. */
  Optional<JsonNode> input() {
    return Optional.ofNullable(own.get("input"));
  }

  String instructions() {
    return effective("instructions").asString("");
  }

  JsonNode modalities() {
    return effective("output_modalities");
  }

  boolean spoken() {
    return modalities().valueStream().anyMatch(modality -> "audio".equals(modality.asString("")));
  }

  JsonNode tools() {
    return effective("tools");
  }

  JsonNode toolChoice() {
    return effective("tool_choice");
  }

  JsonNode maxOutputTokens() {
    return effective("max_output_tokens");
  }

  int tokenLimit() {
    return maxOutputTokens().isInt() ? maxOutputTokens().intValue() : Integer.MAX_VALUE;
  }

  JsonNode metadata() {
    return own.path("metadata").isObject() ? own.get("metadata") : Json.object().nullNode();
  }

  AudioFormat format() {
    return AudioFormat.named(output("format").path("type").asString(""));
  }

  /** The `audio` field of the response object. */
  ObjectNode audio() {
    ObjectNode audio = Json.object();
    ObjectNode output = audio.putObject("output");
    output.set("format", output("format"));
    output.set("voice", output("voice"));
    return audio;
  }

  private JsonNode effective(String name) {
    return own.has(name) ? own.get(name) : session.path(name);
  }

  private JsonNode output(String name) {
    JsonNode chosen = own.at("/audio/output").path(name);
    return chosen.isMissingNode() ? session.at("/audio/output").path(name) : chosen;
  }
}
