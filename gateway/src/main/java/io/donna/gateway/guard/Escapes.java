package io.donna.gateway.guard;

/** Resolves JSON string escapes (RFC 8259, 7) in a text that need not be JSON. */
final class Escapes {
  private static final String SHORT = "\"\\/bfnrt";
  private static final String MEANT = "\"\\/ \n\n\n\t";
  private static final int HEX_DIGITS = 4;

  private Escapes() {}

  /** The text with every escape replaced by its character; {@code text} itself if it has none. */
  static String resolve(String text) {
    int at = text.indexOf('\\');
    if (at < 0) {
      return text;
    }
    StringBuilder resolved = new StringBuilder(text.length());
    int from = 0;
    while (at >= 0 && at + 1 < text.length()) {
      int length = append(resolved, text, from, at);
      from = length == 0 ? from : at + length;
      at = text.indexOf('\\', at + Math.max(1, length));
    }
    return from == 0 ? text : resolved.append(text, from, text.length()).toString();
  }

  /**
   * Appends the text from {@code from} up to the escape, and its character. Returns the escape's
   * length, or 0 if it is none.
   */
  private static int append(StringBuilder resolved, String text, int from, int at) {
    char kind = text.charAt(at + 1);
    int known = SHORT.indexOf(kind);
    if (known >= 0) {
      resolved.append(text, from, at).append(MEANT.charAt(known));
      return 2;
    }
    int unit = kind == 'u' ? codeUnit(text, at + 2) : -1;
    if (unit < 0) {
      return 0;
    }
    resolved.append(text, from, at).append((char) unit);
    return 2 + HEX_DIGITS;
  }

  private static int codeUnit(String text, int from) {
    if (from + HEX_DIGITS > text.length()) {
      return -1;
    }
    int unit = 0;
    for (int i = from; i < from + HEX_DIGITS; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }
}
