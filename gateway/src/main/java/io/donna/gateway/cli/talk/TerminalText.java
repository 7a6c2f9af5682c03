package io.donna.gateway.cli.talk;

/** Text from elsewhere, fit for a terminal: a server must not move the cursor or hide its words. */
public final class TerminalText {
  private TerminalText() {}

  /** Line breaks and tabs become spaces; other control characters and text directions go. */
  public static String line(String text) {
    return plain(text).replace('\n', ' ');
  }

  /** As {@link #line}, but line breaks stay. */
  static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        plain.append(c);
      } else if (c == '\t') {
        plain.append(' ');
      } else if (!Character.isISOControl(c) && !turnsText(c)) {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  /** Marks, embeddings, overrides and isolates (Unicode UAX 9), and the two other line breaks. */
  private static boolean turnsText(char c) {
    return c == '\u061c'
        || c == '\u200e'
        || c == '\u200f'
        || (c >= '\u2028' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }
}
