package io.donna.gateway.realtime;

/** Halves of surrogate pairs that stand alone, for which UTF-8 has no encoding. */
public final class LoneSurrogates {
  private LoneSurrogates() {}

  /** The index of the first one at or after {@code from}; -1 if there is none. */
  public static int indexIn(String text, int from) {
    int at = from;
    while (at < text.length()) {
      // A pair is one code point of two units; half of one is a code point of its own.
      int point = text.codePointAt(at);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        return at;
      }
      at += Character.charCount(point);
    }
    return -1;
  }
}
