package io.donna.simulator.live;

/** Token counts, estimated from sizes because no model's tokenizer is available. */
final class LiveTokens {
  /** Recorded: 1,756 characters are within a limit of 500 tokens, 1,900 are not. */
  private static final double CHARACTERS_PER_TOKEN = 3.6;

  private LiveTokens() {}

  static int ofText(String text) {
    return (int) Math.ceil(text.length() / CHARACTERS_PER_TOKEN);
  }
}
