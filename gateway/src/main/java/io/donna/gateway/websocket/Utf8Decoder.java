package io.donna.gateway.websocket;

/**
 * Validates UTF-8 byte by byte. Refuses overlong forms, surrogates and values above U+10FFFF at the
 * first byte that makes them certain (RFC 3629, 4).
 */
public final class Utf8Decoder {
  private int continuations;
  private int lowest = 0x80;
  private int highest = 0xBF;

  public void reset() {
    continuations = 0;
    lowest = 0x80;
    highest = 0xBF;
  }

  /** Whether the bytes so far end at a code point boundary. */
  public boolean atBoundary() {
    return continuations == 0;
  }

  /**
   * Accepts the lowest eight bits of {@code value}. Returns false if no valid text can begin like
   * this.
   */
  public boolean accept(int value) {
    int octet = value & 0xFF;
    if (continuations == 0) {
      return octet < 0x80 || begin(octet);
    }
    if (octet < lowest || octet > highest) {
      return false;
    }
    continuations--;
    lowest = 0x80;
    highest = 0xBF;
    return true;
  }

  private boolean begin(int octet) {
    if (octet < 0xC2 || octet > 0xF4) {
      return false;
    }
    continuations = octet < 0xE0 ? 1 : octet < 0xF0 ? 2 : 3;
    switch (octet) {
      case 0xE0 -> lowest = 0xA0; // below: overlong
      case 0xED -> highest = 0x9F; // above: surrogates
      case 0xF0 -> lowest = 0x90; // below: overlong
      case 0xF4 -> highest = 0x8F; // above: beyond U+10FFFF
      default -> {}
    }
    return true;
  }
}
