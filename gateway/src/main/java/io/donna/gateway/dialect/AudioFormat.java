package io.donna.gateway.dialect;

import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An audio format: a word in the beta, an object today. What is neither stays as it is. */
enum AudioFormat {
  PCM16("pcm16", "audio/pcm"),
  G711_ULAW("g711_ulaw", "audio/pcmu"),
  G711_ALAW("g711_alaw", "audio/pcma");

  /** The only rate of the beta's PCM. */
  private static final int PCM_RATE = 24_000;

  private final String word;
  private final String mediaType;

  AudioFormat(String word, String mediaType) {
    this.word = word;
    this.mediaType = mediaType;
  }

  static JsonNode toGa(JsonNode beta) {
    return Arrays.stream(values())
        .filter(format -> beta.isString() && format.word.equals(beta.asString()))
        .findFirst()
        .<JsonNode>map(AudioFormat::object)
        .orElse(beta);
  }

  static JsonNode toBeta(JsonNode ga) {
    return Arrays.stream(values())
        .filter(format -> format.mediaType.equals(ga.path("type").asString("")))
        .findFirst()
        .<JsonNode>map(format -> JsonNodeFactory.instance.stringNode(format.word))
        .orElse(ga);
  }

  private ObjectNode object() {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("type", mediaType);
    return this == PCM16 ? object.put("rate", PCM_RATE) : object;
  }
}
