package io.donna.gateway.event;

/** Halves of surrogate pairs that stand alone, for which UTF-8 has no encoding. */
public final class LoneSurrogates {
  private LoneSurrogates() {}

  /** The index of the first one at or after {@code from}; -1 if there is none. */
  public static int indexIn(String text, int from) {
    int at = from;
    while (at < text.length()) {
      if (isAt(text, at)) {
        return at;
      }
      at += Character.charCount(text.codePointAt(at));
    }
    return -1;
  }

  /** Whether the unit at {@code index}, which is not the second of a pair, stands alone. */
  static boolean isAt(String text, int index) {
    // A pair is one code point of two units; half of one is a code point of its own.
    int point = text.codePointAt(index);
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }
}
