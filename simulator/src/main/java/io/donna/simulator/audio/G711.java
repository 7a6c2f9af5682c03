package io.donna.simulator.audio;

/** ITU-T G.711, both laws, one sample at a time: 8 bits on the wire, 16-bit linear in memory. */
final class G711 {
  private static final int ULAW_BIAS = 0x84;
  private static final int CLIP = 32_635;

  private G711() {}

  static short fromUlaw(byte code) {
    int bits = ~code & 0xFF;
    int magnitude = ((((bits & 0x0F) << 3) + ULAW_BIAS) << ((bits & 0x70) >> 4)) - ULAW_BIAS;
    return (short) ((bits & 0x80) != 0 ? -magnitude : magnitude);
  }

  static byte toUlaw(short sample) {
    int magnitude = Math.min(Math.abs((int) sample), CLIP) + ULAW_BIAS;
    int exponent = segment(magnitude);
    int mantissa = (magnitude >> (exponent + 3)) & 0x0F;
    return (byte) ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa);
  }

  static short fromAlaw(byte code) {
    int bits = (code ^ 0x55) & 0xFF;
    int exponent = (bits & 0x70) >> 4;
    int magnitude = ((bits & 0x0F) << 4) + 8;
    if (exponent > 0) {
      magnitude = (magnitude + 0x100) << (exponent - 1);
    }
    return (short) ((bits & 0x80) != 0 ? magnitude : -magnitude);
  }

  static byte toAlaw(short sample) {
    int magnitude = Math.min(Math.abs((int) sample), CLIP);
    int exponent = magnitude < 0x100 ? 0 : segment(magnitude);
    int mantissa = (magnitude >> (exponent == 0 ? 4 : exponent + 3)) & 0x0F;
    return (byte) (((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55);
  }

  /**
   * The segment of a magnitude of at most 15 bits: the position of its highest bit, counted from 7.
   */
  private static int segment(int magnitude) {
    return Math.max(0, 24 - Integer.numberOfLeadingZeros(magnitude));
  }
}
