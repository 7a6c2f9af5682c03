package io.donna.gateway.metering;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a message holds for a model to read.
 *
 * @param text in bytes: all that is neither speech nor an image, the JSON around it included
 * @param speech in characters of base64
 */
record Contents(long text, long speech, int images) {
  private static final byte[] AUDIO = "audio".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] IMAGE = "image_url".getBytes(StandardCharsets.US_ASCII);

  /**
   * Of an event in valid JSON. Looks for strings and their keys only: 0.9 ms for 1 MiB of speech,
   * where a parser takes 3 ms. A key that is escaped makes its value text, which costs more.
   */
  static Contents of(byte[] event) {
    long speech = 0;
    long pictures = 0;
    int images = 0;
    int keyStart = 0;
    int keyEnd = 0;
    for (int at = 0; at < event.length; at++) {
      switch (event[at]) {
        case '{', '[' -> keyEnd = keyStart;
        case '"' -> {
          int start = at + 1;
          at = endOfString(event, start);
          if (isKey(event, at)) {
            keyStart = start;
            keyEnd = at;
          } else if (Arrays.equals(event, keyStart, keyEnd, AUDIO, 0, AUDIO.length)) {
            speech += at - start;
          } else if (Arrays.equals(event, keyStart, keyEnd, IMAGE, 0, IMAGE.length)) {
            pictures += at - start;
            images++;
          }
        }
        default -> {}
      }
    }
    return new Contents(event.length - speech - pictures, speech, images);
  }

  private static int endOfString(byte[] json, int start) {
    int at = start;
    while (at < json.length && json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return Math.min(at, json.length);
  }

  private static boolean isKey(byte[] json, int endOfString) {
    int at = endOfString + 1;
    while (at < json.length && json[at] <= ' ') {
      at++;
    }
    return at < json.length && json[at] == ':';
  }
}
