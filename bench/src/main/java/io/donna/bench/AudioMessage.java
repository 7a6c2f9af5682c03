package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Base64;
import java.util.Random;

/**
 * One kind of Realtime audio event. Its base64 begins with a {@link Stamp}. All other bytes are the
 * same in every message, so a receiver can verify them. Immutable.
 */
final class AudioMessage {
  static final int MAX_SIZE = 1 << 20;

  private static final String END = "\"}";

  private final byte[] text;
  private final int stampAt;

  private AudioMessage(String start, int size) {
    // Base64 comes in groups of four: the message may be up to three bytes shorter than requested.
    int audio = (size - start.length() - END.length()) / 4 * 4;
    if (audio < Stamp.LENGTH || size > MAX_SIZE) {
      int least = start.length() + Stamp.LENGTH + END.length();
      throw new IllegalArgumentException(
          "--size takes " + least + " to " + MAX_SIZE + " bytes, not " + size);
    }
    this.text = (start + base64(audio) + END).getBytes(US_ASCII);
    this.stampAt = start.length();
  }

  /** An audio event from the client, of at most {@code size} bytes. */
  static AudioMessage append(int size) {
    return new AudioMessage("{\"type\":\"input_audio_buffer.append\",\"audio\":\"", size);
  }

  /** An audio event from the model, of at most {@code size} bytes. */
  static AudioMessage delta(int size) {
    return new AudioMessage(
        """
        {"type":"response.output_audio.delta","event_id":"event_C1a2b3c4d5e6f7g8h9i0j",\
        "response_id":"resp_C1a2b3c4d5e6f7g8h9i0k","item_id":"item_C1a2b3c4d5e6f7g8h9i0l",\
        "output_index":0,"content_index":0,"delta":\"\
        """,
        size);
  }

  /** The message with plain audio in place of the stamp. */
  byte[] text() {
    return text.clone();
  }

  int stampAt() {
    return stampAt;
  }

  /** Whether this is a message of this kind, complete or not. */
  boolean isKindOf(byte[] other) {
    return other.length >= stampAt && Arrays.equals(text, 0, stampAt, other, 0, stampAt);
  }

  /** Whether every byte outside the stamp is as sent. */
  boolean isWhole(byte[] other) {
    int stampEnd = stampAt + Stamp.LENGTH;
    return other.length == text.length
        && isKindOf(other)
        && Arrays.equals(text, stampEnd, text.length, other, stampEnd, other.length);
  }

  private static String base64(int length) {
    byte[] audio = new byte[length / 4 * 3];
    // The same noise in every run. Noise, like audio, has no repetition for a peer to exploit.
    new Random(6455).nextBytes(audio);
    return Base64.getEncoder().encodeToString(audio);
  }
}
