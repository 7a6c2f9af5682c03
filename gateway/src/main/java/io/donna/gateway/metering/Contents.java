package io.donna.gateway.metering;

import io.donna.gateway.realtime.Event;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a message holds for a model to read.
 *
 * @param text in bytes: all that is neither speech nor an image, the JSON around it included
 * @param speech in characters of base64
 */
record Contents(long text, long speech, int images) {
  /** Of an event; one that has no tree counts as text. */
  static Contents of(Event event) {
    Optional<ObjectNode> tree = event.tree();
    Sum sum = new Sum();
    tree.ifPresent(sum::add);
    long text = Math.max(0, event.length() - sum.speech - sum.pictures);
    return new Contents(text, sum.speech, sum.images);
  }

  private static final class Sum {
    private long speech;
    private long pictures;
    private int images;

    void add(JsonNode node) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        JsonNode value = member.getValue();
        if (value.isString() && member.getKey().equals("audio")) {
          speech += value.asString().length();
        } else if (value.isString() && member.getKey().equals("image_url")) {
          pictures += value.asString().length();
          images++;
        } else {
          add(value);
        }
      }
      if (node.isArray()) {
        node.forEach(this::add);
      }
    }
  }
}
