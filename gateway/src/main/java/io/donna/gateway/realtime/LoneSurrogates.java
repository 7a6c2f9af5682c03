package io.donna.gateway.realtime;

/** Halves of surrogate pairs that stand alone, for which UTF-8 has no encoding. */
public final class LoneSurrogates {
  private LoneSurrogates() {}

  /** The index of the first one at or after {@code from}; -1 if there is none. */
  public static int indexIn(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (!Character.isSurrogate(unit)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(unit)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!pair) {
        return i;
      }
      i++;
    }
    return -1;
  }
}
