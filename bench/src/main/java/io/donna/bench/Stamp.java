package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.HexFormat;

/**
 * The session, sequence number and send time ({@link System#nanoTime}) of a message. It is written
 * into the audio as hex digits, which are valid base64.
 */
record Stamp(int session, int sequence, long sentNanos) {
  static final int LENGTH = 32;

  private static final HexFormat HEX = HexFormat.of();

  byte[] ascii() {
    return (HEX.toHexDigits(session) + HEX.toHexDigits(sequence) + HEX.toHexDigits(sentNanos))
        .getBytes(US_ASCII);
  }

  /** Throws IllegalArgumentException if the digits are not hexadecimal. */
  static Stamp parse(byte[] text, int at) {
    String digits = new String(text, at, LENGTH, US_ASCII);
    return new Stamp(
        HexFormat.fromHexDigits(digits, 0, 8),
        HexFormat.fromHexDigits(digits, 8, 16),
        HexFormat.fromHexDigitsToLong(digits, 16, LENGTH));
  }
}
