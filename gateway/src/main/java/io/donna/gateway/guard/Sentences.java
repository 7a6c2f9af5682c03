package io.donna.gateway.guard;

/** Where an assistant's words are judged while they come. */
final class Sentences {
  /** What has no sentences, in characters: half a minute is more than anybody should hear. */
  static final int LONGEST_UNJUDGED = 200;

  /** Punctuation that stands within a sentence, or a word. */
  private static final String WITHIN = "\"'#%&*,/:;@\\";

  private Sentences() {}

  /**
   * Whether a sentence may end in {@code delta}, wherever in it, and whatever follows: at every
   * mark that Unicode lets end one (UAX #29, SB6 to SB11) and at every new line. Such marks are of
   * the category Po, and so are a few more; to judge a sentence twice does no harm.
   */
  static boolean mayEndIn(String delta) {
    return delta.codePoints().anyMatch(Sentences::mayEndOne);
  }

  static boolean mayEndOne(int c) {
    return switch (Character.getType(c)) {
      case Character.OTHER_PUNCTUATION -> WITHIN.indexOf(c) < 0;
      case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      default -> c == '\n' || c == '\r' || c == 0x85;
    };
  }
}
