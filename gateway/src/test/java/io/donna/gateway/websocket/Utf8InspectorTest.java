package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Cutting;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8InspectorTest {
  private final Random random = new Random(20_260_101);

  @Test
  void agreesWithTheJdkOnRandomAndMutatedText() {
    Utf8Inspector inspector = new Utf8Inspector();
    int invalid = 0;
    for (int round = 0; round < 60_000; round++) {
      byte[] bytes = mutate(randomText());
      boolean valid = isValid(bytes);

      assertThat(inspect(inspector, bytes))
          .as("seed of the class, round %d: %s", round, HexFormat.of().formatHex(bytes))
          .isEqualTo(valid);

      invalid += valid ? 0 : 1;
    }
    assertThat(invalid).isBetween(10_000, 50_000); // or the property would say little
  }

  @Test
  void agreesWithTheJdkOnEverySequenceOfTwoBytes() {
    for (int pair = 0; pair < 0x10000; pair++) {
      assertSameAsJdk(new byte[] {(byte) (pair >> 8), (byte) pair});
    }
  }

  @Test
  void agreesWithTheJdkAtTheEdgesOfThreeAndFourBytes() {
    int[] firsts = {0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    int[] edges = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF};
    for (int first : firsts) {
      for (int second : edges) {
        for (int third : edges) {
          assertSameAsJdk(new byte[] {(byte) first, (byte) second, (byte) third});
          for (int fourth : edges) {
            assertSameAsJdk(new byte[] {(byte) first, (byte) second, (byte) third, (byte) fourth});
          }
        }
      }
    }
  }

  @Test
  void forgetsAMessageThatWasCutShort() {
    Utf8Inspector inspector = new Utf8Inspector();
    inspector.begin();
    inspector.inspect(Unpooled.wrappedBuffer(new byte[] {(byte) 0xF0}), 0, 1, 0);

    boolean next = inspect(inspector, new byte[] {'a'});

    assertThat(next).isTrue();
  }

  private void assertSameAsJdk(byte[] bytes) {
    Utf8Decoder decoder = new Utf8Decoder();
    boolean valid = true;
    for (byte octet : bytes) {
      valid = valid && decoder.accept(octet);
    }
    if ((valid && decoder.atBoundary()) != isValid(bytes)) {
      throw new AssertionError(HexFormat.of().formatHex(bytes));
    }
  }

  private boolean inspect(Utf8Inspector inspector, byte[] bytes) {
    return Cutting.random(random, bytes.length).hand(bytes, inspector);
  }

  private byte[] randomText() {
    StringBuilder text = new StringBuilder();
    int codePoints = random.nextInt(40);
    for (int i = 0; i < codePoints; i++) {
      int codePoint =
          switch (random.nextInt(6)) {
            case 0 -> 0x80 + random.nextInt(0x780);
            case 1 -> 0x800 + random.nextInt(0xD000);
            case 2 -> 0x10000 + random.nextInt(0x100000);
            default -> random.nextInt(0x80);
          };
      text.appendCodePoint(codePoint);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private byte[] mutate(byte[] bytes) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(5)) {
      case 0 -> bytes[at] = (byte) random.nextInt();
      case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> bytes[at] = (byte) (0x80 | random.nextInt(0x80));
      default -> {}
    }
    return bytes;
  }

  private static boolean isValid(byte[] bytes) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException invalid) {
      return false;
    }
  }
}
