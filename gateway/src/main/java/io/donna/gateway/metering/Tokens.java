package io.donna.gateway.metering;

/** Counts of tokens by what they stand for. Immutable, never negative. */
public record Tokens(long text, long audio, long image) {
  public static final Tokens NONE = new Tokens(0, 0, 0);

  public Tokens {
    if (text < 0 || audio < 0 || image < 0) {
      throw new IllegalArgumentException("negative tokens");
    }
  }

  public long total() {
    return text + audio + image;
  }

  public Tokens plus(Tokens more) {
    return new Tokens(text + more.text, audio + more.audio, image + more.image);
  }

  Tokens times(long factor) {
    return new Tokens(text * factor, audio * factor, image * factor);
  }

  /** What is left of each kind without {@code less}, at least none. */
  Tokens minus(Tokens less) {
    return new Tokens(
        Math.max(0, text - less.text),
        Math.max(0, audio - less.audio),
        Math.max(0, image - less.image));
  }

  /** As many of each kind as {@code limit} has at most. */
  Tokens atMost(Tokens limit) {
    return new Tokens(
        Math.min(text, limit.text), Math.min(audio, limit.audio), Math.min(image, limit.image));
  }
}
