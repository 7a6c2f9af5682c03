package io.donna.gateway.dialect;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Maps output modalities: the beta lists text beside audio, in GA audio implies it. */
final class Modalities {
  private Modalities() {}

  static JsonNode toGa(JsonNode beta) {
    return beta.isArray() && has(beta, "audio") ? list("audio") : beta;
  }

  static JsonNode toBeta(JsonNode ga) {
    return ga.isArray() && has(ga, "audio") ? list("text", "audio") : ga;
  }

  private static boolean has(JsonNode list, String word) {
    return list.valueStream().anyMatch(item -> word.equals(item.asString("")));
  }

  private static ArrayNode list(String... words) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (String word : words) {
      list.add(word);
    }
    return list;
  }
}
