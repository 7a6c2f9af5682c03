package io.donna.gateway.cli.talk;

/**
 * Text from elsewhere that a person wants to read: letters of all scripts stay, and nothing that
 * moves a cursor, begins a line, hides words or turns them around.
 */
public final class TerminalText {
  private TerminalText() {}

  /** Line breaks and tabs become spaces; other control and format characters go. */
  public static String line(String text) {
    return plain(text).replace('\n', ' ');
  }

  /** As {@link #line(String)}, of at most {@code longest} characters and an ellipsis. */
  public static String line(String text, int longest) {
    // Half a character at the cut is unprintable, and goes.
    return text.length() <= longest ? line(text) : line(text.substring(0, longest)) + "\u2026";
  }

  /** As {@link #line(String)}, but line breaks stay. */
  static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int character = text.codePointAt(i);
      i += Character.charCount(character);
      if (character == '\n') {
        plain.append('\n');
      } else if (character == '\t') {
        plain.append(' ');
      } else if (isShown(character)) {
        plain.appendCodePoint(character);
      }
    }
    return plain.toString();
  }

  private static boolean isShown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      // Directions (Unicode UAX 9), tags and the like, but for what scripts and emoji need.
      case Character.FORMAT -> joins(character) || isArabicSign(character);
      default -> true;
    };
  }

  private static boolean joins(int character) {
    return character == 0x200c || character == 0x200d;
  }

  /** These enclose the number behind them, and are seen. */
  private static boolean isArabicSign(int character) {
    return (character >= 0x600 && character <= 0x605) || character == 0x6dd;
  }
}
