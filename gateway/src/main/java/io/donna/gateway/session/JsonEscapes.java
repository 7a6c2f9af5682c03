package io.donna.gateway.session;

/** Resolves JSON escapes in text that need not be JSON, as a lenient parser would. */
final class JsonEscapes {
  private static final int HEX_DIGITS = 4;

  private JsonEscapes() {}

  /** The text with its escapes resolved (RFC 8259, 7); other text is unchanged. */
  static String resolve(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character != '\\' || i + 1 == text.length()) {
        plain.append(character);
        continue;
      }
      char escaped = text.charAt(++i);
      int unit = escaped == 'u' ? unitAt(text, i + 1) : -1;
      if (unit >= 0) {
        plain.append((char) unit);
        i += HEX_DIGITS;
      } else {
        plain.append("bfnrt".indexOf(escaped) >= 0 ? ' ' : escaped);
      }
    }
    return plain.toString();
  }

  private static int unitAt(String text, int from) {
    if (from + HEX_DIGITS > text.length()) {
      return -1;
    }
    int unit = 0;
    for (int i = from; i < from + HEX_DIGITS; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0) {
        return -1;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }
}
