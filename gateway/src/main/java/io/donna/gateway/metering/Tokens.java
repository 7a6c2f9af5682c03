package io.donna.gateway.metering;

/** Token counts by kind. Immutable, never negative. */
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

  /** Each kind less that of {@code less}, but not below 0. */
  Tokens minus(Tokens less) {
    return new Tokens(
        Math.max(0, text - less.text),
        Math.max(0, audio - less.audio),
        Math.max(0, image - less.image));
  }

  /** Each kind, but at most that of {@code limit}. */
  Tokens atMost(Tokens limit) {
    return new Tokens(
        Math.min(text, limit.text), Math.min(audio, limit.audio), Math.min(image, limit.image));
  }
}
