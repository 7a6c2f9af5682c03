package io.donna.simulator.audio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AudioFormatTest {

  @ParameterizedTest
  @EnumSource(names = {"ULAW", "ALAW"})
  void keepsSamplesWithinTheStepsOfG711(AudioFormat format) {
    for (int sample = Short.MIN_VALUE; sample <= Short.MAX_VALUE; sample++) {
      short heard = format.decode(format.encode(new short[] {(short) sample}))[0];

      assertThat(Math.abs(heard - sample))
          .as("sample %d heard as %d", sample, heard)
          .isLessThanOrEqualTo(Math.max(16, Math.abs(sample) / 16));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ULAW", "ALAW"})
  void encodesEveryCodeBackToItself(AudioFormat format) {
    for (int code = 0; code < 256; code++) {
      short[] samples = format.decode(new byte[] {(byte) code});

      assertThat(format.decode(format.encode(samples))).isEqualTo(samples);
    }
  }

  @Test
  void takesPcmAsItIsLittleEndian() {
    assertThat(AudioFormat.PCM.decode(new byte[] {(byte) 0xFF, 0x7F, 0x00, (byte) 0x80}))
        .containsExactly(Short.MAX_VALUE, Short.MIN_VALUE);
    assertThat(AudioFormat.PCM.wholeSamples(new byte[3])).isFalse();
  }

  @Test
  void takesTwoOfThreeSamplesFor16Kilohertz() {
    assertThat(AudioFormat.PCM_16K.from24k(new short[] {1, 10, 20, 2, -30, -10}))
        .containsExactly(1, 15, 2, -20);
    assertThat(AudioFormat.named("audio/pcm", 16_000)).isEqualTo(AudioFormat.PCM_16K);
    assertThat(AudioFormat.named("audio/pcm", 24_000)).isEqualTo(AudioFormat.PCM);
    assertThat(AudioFormat.named("audio/pcmu", 8_000)).isEqualTo(AudioFormat.ULAW);
  }

  @Test
  void matchesKnownCodesOfTheStandard() {
    assertThat(AudioFormat.ULAW.encode(new short[] {0, -1, 32_767, -32_768}))
        .containsExactly(0xFF, 0x7F, 0x80, 0x00);
    assertThat(AudioFormat.ALAW.encode(new short[] {0, 32_767, -32_768}))
        .containsExactly(0xD5, 0xAA, 0x2A);
  }
}
