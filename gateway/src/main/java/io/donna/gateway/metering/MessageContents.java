package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How much text, speech and images a message holds for a model to read. Speech and images count
 * only where the protocol has them: in an item's content, in a part of that type, in base64.
 * Anything else of that name, such as a member of a tool's schema, counts as text, which costs
 * more.
 *
 * @param text in bytes: all that is neither speech nor image, the JSON around it included
 * @param speech in base64 characters
 */
record MessageContents(long text, long speech, int images) {
  private static final Set<String> SPEECH = Set.of("input_audio", "output_audio", "audio");

  /** Measures an event; an event that cannot be parsed counts as text. */
  static MessageContents of(Event event) {
    Optional<ObjectNode> tree = event.tree();
    Sum sum = new Sum();
    tree.ifPresent(read -> {
      sum.addItem(read.path("item"));
      read.path("response").path("input").forEach(sum::addItem);
    });
    long text = Math.max(0, event.length() - sum.speech - sum.pictures);
    return new MessageContents(text, sum.speech, sum.images);
  }

  private static final class Sum {
    private long speech;
    private long pictures;
    private int images;

    void addItem(JsonNode item) {
      item.path("content").forEach(this::addPart);
    }

    private void addPart(JsonNode part) {
      String type = part.path("type").asString("");
      if (SPEECH.contains(type)) {
        String audio = part.path("audio").asString("");
        speech += isBase64(audio, 0) ? audio.length() : 0;
      } else if (type.equals("input_image") && part.path("image_url").isString()) {
        String url = part.path("image_url").asString();
        images++;
        boolean isPicture = url.startsWith("data:") && isBase64(url, url.indexOf(',') + 1);
        pictures += isPicture ? url.length() : 0;
      }
    }

    private static boolean isBase64(String text, int from) {
      for (int i = from; i < text.length(); i++) {
        char c = text.charAt(i);
        boolean isLetter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!isLetter && !(c >= '/' && c <= '9') && "+-_=".indexOf(c) < 0) {
          return false;
        }
      }
      return true;
    }
  }
}
