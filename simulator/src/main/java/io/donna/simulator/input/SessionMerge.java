package io.donna.simulator.input;

import io.donna.simulator.protocol.Json;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Merges updates into session objects, field by field. */
public final class SessionMerge {
  /** Objects that an update merges. It replaces all other objects and lists. */
  private static final Set<String> MERGED =
      Set.of("audio", "input", "output", "format", "transcription", "turn_detection");

  private SessionMerge() {}

  /** `audio.input` of a new session. */
  public static ObjectNode audioInput() {
    ObjectNode input = Json.object();
    input.set("format", fresh("format", "audio/pcm"));
    input.putNull("transcription").putNull("noise_reduction");
    input.set("turn_detection", fresh("turn_detection", "server_vad"));
    return input;
  }

  /** Merges an update into the object. */
  public static void merge(ObjectNode into, JsonNode patch) {
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      String name = field.getKey();
      if (field.getValue() instanceof ObjectNode change && MERGED.contains(name)) {
        String type = change.path("type").asString("");
        boolean sameKind =
            into.get(name) instanceof ObjectNode present
                && present.path("type").asString("").equals(type);
        if (!sameKind) {
          into.set(name, fresh(name, type));
        }
        merge((ObjectNode) into.get(name), change);
      } else if (field.getValue() instanceof ArrayNode tools && "tools".equals(name)) {
        into.set(name, ordered(tools));
      } else {
        into.set(name, field.getValue().deepCopy());
      }
    }
  }

  /** An object of the session in its default state. */
  public static ObjectNode fresh(String name, String type) {
    ObjectNode fresh = Json.object();
    switch (name + " " + type) {
      case "format audio/pcm" -> fresh.put("type", type).put("rate", 24_000);
      case "transcription " -> fresh.putNull("model").putNull("language").putNull("prompt");
      case "turn_detection server_vad" ->
          fresh
              .put("type", type)
              .put("threshold", 0.5)
              .put("prefix_padding_ms", 300)
              .put("silence_duration_ms", 200)
              .putNull("idle_timeout_ms")
              .put("create_response", true)
              .put("interrupt_response", true);
      case "turn_detection semantic_vad" ->
          fresh
              .put("type", type)
              .put("eagerness", "auto")
              .put("create_response", true)
              .put("interrupt_response", true);
      default -> {}
    }
    return fresh;
  }

  /** Returns the tools with their fields in the API's order. */
  private static ArrayNode ordered(ArrayNode tools) {
    ArrayNode ordered = Json.array();
    for (JsonNode tool : tools) {
      ObjectNode copy = ordered.addObject();
      for (String name : new String[] {"type", "name", "description", "parameters"}) {
        if (tool.has(name)) {
          copy.set(name, tool.get(name).deepCopy());
        }
      }
      copy.setAll(((ObjectNode) tool).deepCopy());
    }
    return ordered;
  }
}
