package io.donna.gateway.cli.talk;

/**
 * Sanitises foreign text for a terminal: keeps the letters of all scripts and removes everything
 * that moves the cursor, breaks lines, or hides or reverses text.
 */
public final class TerminalText {
  private TerminalText() {}

  /** Replaces line breaks and tabs by spaces and removes other control and format characters. */
  public static String line(String text) {
    return plain(text).replace('\n', ' ');
  }

  /** As {@link #line(String)}, cut to {@code longest} characters and an ellipsis. */
  public static String line(String text, int longest) {
    // Half a surrogate pair at the cut is unprintable, and is removed.
    return text.length() <= longest ? line(text) : line(text.substring(0, longest)) + "\u2026";
  }

  /** As {@link #line(String)}, but keeps line breaks. */
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
      // Drops directions (Unicode UAX 9), tags and so on, except what scripts and emoji need.
      case Character.FORMAT -> joins(character) || isArabicSign(character);
      default -> true;
    };
  }

  private static boolean joins(int character) {
    return character == 0x200c || character == 0x200d;
  }

  /** Visible signs that enclose the number after them. */
  private static boolean isArabicSign(int character) {
    return (character >= 0x600 && character <= 0x605) || character == 0x6dd;
  }
}
