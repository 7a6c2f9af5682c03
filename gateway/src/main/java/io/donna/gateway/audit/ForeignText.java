package io.donna.gateway.audit;

/**
 * Sanitises foreign text (of a client, an upstream, a key server, a token) for a log line or a
 * terminal: one line of printable ASCII, at most {@value #LONGEST} characters. It can neither forge
 * a line, nor move the cursor, nor reorder text. All foreign text that is logged or printed passes
 * through here.
 */
public final class ForeignText {
  /** The longest result in characters, including the ellipsis. */
  public static final int LONGEST = 128;

  private static final String CUT = "...";

  private ForeignText() {}

  /**
   * Escapes everything but printable ASCII as {@code \\uXXXX}, as in JSON (RFC 8259, 7), and
   * doubles backslashes. Cuts a longer result and appends {@code ...}. Reads no more of {@code
   * text} than it returns.
   */
  public static String of(String text) {
    return escape(text, LONGEST, true);
  }

  /**
   * Sanitises a complete log line, which may contain text that has passed {@link #of}: as {@link
   * #of}, but up to {@code longest} characters, and without doubling backslashes.
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
      // Cut only between characters, never inside an escape.
      kept = safe.length() <= longest - CUT.length() ? safe.length() : kept;
    }
    return safe.toString();
  }
}
