package io.donna.gateway.guard;

/** Finds where an assistant's words are judged while they arrive. */
final class SentenceBoundaries {
  /**
   * The most characters to wait for a sentence's end: half a minute is more than anybody should
   * hear unjudged.
   */
  static final int LONGEST_UNJUDGED = 200;

  /** Punctuation within a sentence or a word. */
  private static final String WITHIN = "\"'#%&*,/:;@\\";

  private SentenceBoundaries() {}

  /**
   * Whether a sentence may end anywhere in {@code delta}, whatever follows: at every mark that
   * Unicode lets end one (UAX #29, SB6 to SB11), and at every line break. Such marks have the
   * category Po, as have a few others; judging a sentence twice does no harm.
   */
  static boolean mayEndIn(String delta) {
    return delta.codePoints().anyMatch(SentenceBoundaries::mayEndOne);
  }

  static boolean mayEndOne(int c) {
    return switch (Character.getType(c)) {
      case Character.OTHER_PUNCTUATION -> WITHIN.indexOf(c) < 0;
      case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      default -> c == '\n' || c == '\r' || c == 0x85;
    };
  }
}
