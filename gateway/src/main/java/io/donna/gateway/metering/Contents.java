package io.donna.gateway.metering;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a message holds for a model to read.
 *
 * @param text in bytes: all that is neither speech nor an image, the JSON around it included
 * @param speech in characters of base64
 */
record Contents(long text, long speech, int images) {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Of an event in JSON; one that cannot be read counts as text. */
  static Contents of(byte[] event) {
    long speech = 0;
    long pictures = 0;
    int images = 0;
    try (JsonParser parser = MAPPER.createParser(event)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING && "audio".equals(parser.currentName())) {
          speech += parser.getStringLength();
        } else if (token == JsonToken.VALUE_STRING && "image_url".equals(parser.currentName())) {
          pictures += parser.getStringLength();
          images++;
        }
      }
    } catch (JacksonException unreadable) {
      return new Contents(event.length, 0, 0);
    }
    return new Contents(Math.max(0, event.length - speech - pictures), speech, images);
  }
}
