package io.donna.gateway.dialect;

import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Maps audio formats: a string in the beta, an object in GA. Anything else stays as it is. */
enum AudioFormat {
  PCM16("pcm16", "audio/pcm"),
  G711_ULAW("g711_ulaw", "audio/pcmu"),
  G711_ALAW("g711_alaw", "audio/pcma");

  /** The only sample rate of the beta's PCM. */
  private static final int PCM_RATE = 24_000;

  private final String betaName;
  private final String mediaType;

  AudioFormat(String betaName, String mediaType) {
    this.betaName = betaName;
    this.mediaType = mediaType;
  }

  static JsonNode toGa(JsonNode beta) {
    return Arrays.stream(values())
        .filter(format -> beta.isString() && format.betaName.equals(beta.asString()))
        .findFirst()
        .<JsonNode>map(AudioFormat::object)
        .orElse(beta);
  }

  static JsonNode toBeta(JsonNode ga) {
    return Arrays.stream(values())
        .filter(format -> format.mediaType.equals(ga.path("type").asString("")))
        .findFirst()
        .<JsonNode>map(format -> JsonNodeFactory.instance.stringNode(format.betaName))
        .orElse(ga);
  }

  private ObjectNode object() {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("type", mediaType);
    return this == PCM16 ? object.put("rate", PCM_RATE) : object;
  }
}
