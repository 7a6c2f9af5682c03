package io.donna.gateway.dialect;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Maps conversation items: the assistant's content types have other names in the beta. */
final class Items {
  private static final Map<String, String> CONTENT_TO_GA =
      Map.of("text", "output_text", "audio", "output_audio");
  private static final Map<String, String> CONTENT_TO_BETA =
      Map.of("output_text", "text", "output_audio", "audio");

  private Items() {}

  static void toGa(JsonNode item) {
    rename(item, CONTENT_TO_GA);
  }

  static void toBeta(JsonNode item) {
    rename(item, CONTENT_TO_BETA);
    if (item instanceof ObjectNode object && !object.has("object")) {
      object.put("object", "realtime.item");
    }
  }

  private static void rename(JsonNode item, Map<String, String> names) {
    if (!"assistant".equals(item.path("role").asString(""))) {
      return; // user content is input_text and input_audio in both
    }
    for (JsonNode content : item.path("content")) {
      String renamed = names.get(content.path("type").asString(""));
      if (renamed != null && content instanceof ObjectNode part) {
        part.put("type", renamed);
      }
    }
  }
}
