package io.donna.gateway.event;

/**
 * Collects a JSON string with its escapes resolved (RFC 8259, 7), as long as it may be a name that
 * the gateway knows: up to 64 ASCII characters. A longer or non-ASCII string equals no name.
 */
final class ShortJsonString {
  static final int LONGEST = 64;
  private static final int NOT_ASCII = 0xFFFF;

  private final byte[] letters = new byte[LONGEST];
  private int length;
  private boolean escaped;
  private int hexDigitsLeft;
  private int codeUnit;

  void clear() {
    length = 0;
    escaped = false;
    hexDigitsLeft = 0;
  }

  boolean inEscape() {
    return escaped || hexDigitsLeft > 0;
  }

  /**
   * Accepts one byte of the string, and keeps it if asked to. Returns false for the closing quote.
   */
  boolean accept(int octet, boolean keep) {
    if (hexDigitsLeft > 0) {
      codeUnit = (codeUnit << 4) | Math.max(0, Character.digit(octet, 16));
      if (--hexDigitsLeft == 0 && keep) {
        append(codeUnit);
      }
      return true;
    }
    if (escaped) {
      escaped = false;
      if (octet == 'u') {
        hexDigitsLeft = 4;
        codeUnit = 0;
      } else if (keep) {
        // No known name contains the characters of the short escapes.
        append(
            octet == 'b' || octet == 'f' || octet == 'n' || octet == 'r' || octet == 't'
                ? NOT_ASCII
                : octet);
      }
      return true;
    }
    if (octet == '\\') {
      escaped = true;
      return true;
    }
    if (octet == '"') {
      return false;
    }
    if (keep) {
      append(octet);
    }
    return true;
  }

  int length() {
    return length;
  }

  int letter(int index) {
    return letters[index];
  }

  boolean is(String expected) {
    if (length != expected.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (letters[i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  void append(int character) {
    if (length >= LONGEST || character >= 0x80) {
      length = LONGEST + 1; // equals no name any more, whatever follows
    } else {
      letters[length++] = (byte) character;
    }
  }
}
