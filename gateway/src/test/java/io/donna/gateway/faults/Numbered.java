package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/** Messages that carry their number and a hash: one that is lost, changed or overtaken shows. */
final class Numbered {
  private static final String BEGINNING = "{\"type\":\"input_audio_buffer.append\",\"n\":\"";
  private static final String FORM = BEGINNING + "%010d\",\"crc\":\"%08x\",\"audio\":\"";
  private static final int HEAD = FORM.formatted(0, 0).length();
  private static final byte[] TAIL = {'"', '}'};
  private static final byte[] SOUND = sound();

  private Numbered() {}

  private static byte[] sound() {
    byte[] letters = new byte[1 << 19];
    Random random = new Random(1);
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (byte) ('A' + random.nextInt(26));
    }
    return letters;
  }

  /** Mostly of the size that voice has, some tiny, few large. */
  static byte[] message(int number, int usual, RandomGenerator random) {
    int length =
        switch (random.nextInt(100)) {
          case 0 -> 200_000;
          case 1, 2, 3, 4, 5, 6, 7, 8, 9 -> random.nextInt(200);
          default -> usual;
        };
    int from = random.nextInt(SOUND.length - length);
    byte[] audio = Arrays.copyOfRange(SOUND, from, from + length);
    byte[] head =
        FORM.formatted(number, hash(audio, 0, length)).getBytes(StandardCharsets.US_ASCII);
    byte[] message = Arrays.copyOf(head, HEAD + length + TAIL.length);
    System.arraycopy(audio, 0, message, HEAD, length);
    System.arraycopy(TAIL, 0, message, HEAD + length, TAIL.length);
    return message;
  }

  /** Whether {@code payload} looks like one of them; what looks otherwise is somebody else's. */
  static boolean isOne(byte[] payload) {
    return new String(
            payload, 0, Math.min(payload.length, BEGINNING.length()), StandardCharsets.US_ASCII)
        .equals(BEGINNING);
  }

  /** Fails unless {@code payload} is the message of that number, byte for byte. */
  static void check(byte[] payload, int number) {
    assertThat(payload.length).isGreaterThanOrEqualTo(HEAD + TAIL.length);
    int hash = hash(payload, HEAD, payload.length - HEAD - TAIL.length);
    assertThat(new String(payload, 0, HEAD, StandardCharsets.US_ASCII))
        .isEqualTo(FORM.formatted(number, hash));
  }

  private static int hash(byte[] bytes, int from, int length) {
    CRC32C hash = new CRC32C();
    hash.update(bytes, from, length);
    return (int) hash.getValue();
  }
}
