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
    StringBuilder safe = new StringBuilder(Math.min(text.length(), LONGEST));
    int kept = 0;
    for (int i = 0; i < text.length(); i++) {
      append(safe, text.charAt(i));
      if (safe.length() > LONGEST) {
        return safe.substring(0, kept) + CUT;
      }
      // Cut between characters, never inside an escape.
      kept = safe.length() <= LONGEST - CUT.length() ? safe.length() : kept;
    }
    return safe.toString();
  }

  private static void append(StringBuilder safe, char character) {
    if (character == '\\') {
      safe.append("\\\\");
    } else if (character >= ' ' && character < 0x7F) {
      safe.append(character);
    } else {
      String hex = Integer.toHexString(character);
      safe.append("\\u").repeat('0', 4 - hex.length()).append(hex);
    }
  }
}
