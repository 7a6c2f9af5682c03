package io.donna.gateway.audit;

/**
 * Text that somebody else chose (a client, an upstream, a key server, a token), made fit for a log
 * line or a terminal: printable ASCII on one line, at most {@value #LONGEST} characters. It can
 * neither forge a line, nor move a cursor, nor reorder what is read. Everything foreign that is
 * logged or printed passes here.
 */
public final class ForeignText {
  /** The most characters of the result, its mark of a cut included. */
  public static final int LONGEST = 128;

  private static final String CUT = "...";

  private ForeignText() {}

  /**
   * Escapes everything but printable ASCII as {@code \\uXXXX}, as JSON would (RFC 8259, 7), and a
   * backslash as two. A text that is then too long ends with {@code ...}. Reads no more of {@code
   * text} than it returns.
   */
  public static String of(String text) {
    return escape(text, LONGEST, true);
  }

  /**
   * A whole line of a log, whose foreign parts have come through {@link #of} or have not: as {@link
   * #of}, but as long as {@code longest}, and a backslash stays one.
   */
  public static String line(String text, int longest) {
    return escape(text, longest, false);
  }

  private static String escape(String text, int longest, boolean backslashes) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), longest));
    int kept = 0;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character == '\\' && backslashes) {
        safe.append("\\\\");
      } else if (character >= ' ' && character < 0x7F) {
        safe.append(character);
      } else {
        String hex = Integer.toHexString(character);
        safe.append("\\u").repeat('0', 4 - hex.length()).append(hex);
      }
      if (safe.length() > longest) {
        return safe.substring(0, kept) + CUT;
      }
      // Cut between characters, never inside an escape.
      kept = safe.length() <= longest - CUT.length() ? safe.length() : kept;
    }
    return safe.toString();
  }
}
