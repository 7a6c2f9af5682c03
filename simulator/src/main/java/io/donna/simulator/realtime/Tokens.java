package io.donna.simulator.realtime;

import io.donna.simulator.protocol.Json;
import tools.jackson.databind.node.ObjectNode;

/** Token counts by modality, estimated from sizes because no model's tokenizer is available. */
record Tokens(int text, int audio, int image) {
  static final Tokens NONE = new Tokens(0, 0, 0);

  /** An image at low detail. */
  private static final int PER_IMAGE = 85;

  /** The size of the blocks in which the API caches a prompt. */
  private static final int CACHE_BLOCK = 64;

  /** About four characters make a token. */
  static Tokens ofText(String text) {
    return ofCharacters(text.length());
  }

  static Tokens ofCharacters(int characters) {
    return new Tokens((characters + 3) / 4, 0, 0);
  }

  static Tokens ofUserAudio(long millis) {
    return new Tokens(0, Math.toIntExact((millis + 99) / 100), 0);
  }

  static Tokens ofAssistantAudio(long millis) {
    return new Tokens(0, Math.toIntExact((millis + 49) / 50), 0);
  }

  static Tokens ofImage() {
    return new Tokens(0, 0, PER_IMAGE);
  }

  Tokens plus(Tokens other) {
    return new Tokens(text + other.text, audio + other.audio, image + other.image);
  }

  int total() {
    return text + audio + image;
  }

  /** The input tokens that an earlier response has left in the cache, in whole blocks. */
  Tokens cachedFrom(Tokens earlier) {
    return new Tokens(
        blocks(Math.min(text, earlier.text)),
        blocks(Math.min(audio, earlier.audio)),
        blocks(Math.min(image, earlier.image)));
  }

  /** `response.usage` with every field. */
  static ObjectNode usage(Tokens input, Tokens cached, Tokens output) {
    ObjectNode usage =
        Json.object()
            .put("total_tokens", input.total() + output.total())
            .put("input_tokens", input.total())
            .put("output_tokens", output.total());
    ObjectNode inputDetails = usage.putObject("input_token_details");
    input.describe(inputDetails);
    inputDetails.put("cached_tokens", cached.total());
    cached.describe(inputDetails.putObject("cached_tokens_details"));
    usage
        .putObject("output_token_details")
        .put("text_tokens", output.text)
        .put("audio_tokens", output.audio);
    return usage;
  }

  private void describe(ObjectNode details) {
    details.put("text_tokens", text).put("audio_tokens", audio).put("image_tokens", image);
  }

  private static int blocks(int tokens) {
    return tokens / CACHE_BLOCK * CACHE_BLOCK;
  }
}
