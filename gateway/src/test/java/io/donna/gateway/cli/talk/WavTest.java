package io.donna.gateway.cli.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WavTest {
  private static final int TONE = 440;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "8000, 8, 1",
    "16000, 16, 1",
    "24000, 16, 1",
    "24000, 8, 2",
    "44100, 16, 2",
    "48000, 16, 1",
    "96000, 16, 6",
  })
  void bringsEveryPcmToThatOfTheProtocol(int rate, int bits, int channels) throws Exception {
    Recording recording = Recording.read(write(tone(rate, bits, channels)));

    assertThat(recording.bytes()).isCloseTo(Pcm.BYTES_PER_SECOND, within(4));
    short[] samples = samples(recording);
    double error = 0;
    for (int i = 0; i < samples.length; i++) {
      error += Math.abs(samples[i] - 16_384 * Math.sin(2 * Math.PI * TONE * i / Pcm.RATE));
    }
    assertThat(error / samples.length).isLessThan(600);
  }

  @Test
  void leavesTheProtocolsOwnSoundAsItIs() throws Exception {
    byte[] pcm = new byte[1_000];
    for (int i = 0; i < pcm.length; i++) {
      pcm[i] = (byte) (i * 7);
    }

    Recording recording = Recording.read(write(wav(1, 1, Pcm.RATE, 16, pcm)));

    assertThat(recording.part(0, 2_000)).isEqualTo(pcm);
  }

  @Test
  void writesWhatOthersRead() throws Exception {
    Path path = directory.resolve("out.wav");
    byte[] pcm = new byte[Pcm.BYTES_PER_SECOND];
    pcm[pcm.length - 1] = 1;

    try (WavWriter writer = WavWriter.open(path)) {
      writer.append(pcm);
      writer.append(pcm);

      // Not closed yet: a header is true at any time.
      try (AudioInputStream sound = AudioSystem.getAudioInputStream(path.toFile())) {
        AudioFormat format = sound.getFormat();
        assertThat(format.getSampleRate()).isEqualTo(24_000f);
        assertThat(format.getSampleSizeInBits()).isEqualTo(16);
        assertThat(format.getChannels()).isEqualTo(1);
        assertThat(format.isBigEndian()).isFalse();
        assertThat(sound.getFrameLength()).isEqualTo(48_000);
      }
    }
    assertThat(Recording.read(path).part(pcm.length, pcm.length)).isEqualTo(pcm);
  }

  @Test
  void takesTheRestOfAFileWhoseHeaderPromisesMore() throws Exception {
    byte[] wav = wav(1, 1, Pcm.RATE, 16, new byte[100]);
    ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(40, -1);

    assertThat(Recording.read(write(wav)).bytes()).isEqualTo(100);
  }

  @Test
  void passesOverOtherChunksAndTheirPadding() throws Exception {
    byte[] wav = wav(1, 1, Pcm.RATE, 16, new byte[100]);
    byte[] note = "LIST\3\0\0\0abc\0".getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer with = ByteBuffer.allocate(wav.length + note.length);
    with.put(wav, 0, 12).put(note).put(wav, 12, wav.length - 12);

    assertThat(Recording.read(write(with.array())).bytes()).isEqualTo(100);
  }

  static Arguments[] malformed() {
    byte[] good = wav(1, 1, 24_000, 16, new byte[4]);
    byte[] soundFirst = good.clone();
    System.arraycopy("junk".getBytes(StandardCharsets.US_ASCII), 0, soundFirst, 12, 4);
    return new Arguments[] {
      Arguments.of(new byte[0], "is not a WAV file"),
      Arguments.of("ID3 an MP3, say".getBytes(StandardCharsets.US_ASCII), "is not a WAV file"),
      Arguments.of(Arrays.copyOf(good, 12), "without audio data"),
      Arguments.of(Arrays.copyOf(good, 30), "its format chunk is truncated"),
      Arguments.of(Arrays.copyOf(good, 40), "without audio data"),
      Arguments.of(Arrays.copyOf(good, 45), "without audio data"),
      Arguments.of(soundFirst, "its data chunk precedes its format chunk"),
      Arguments.of(
          wav(3, 1, 24_000, 32, new byte[4]), "is not 8 or 16 bit PCM (WAV format 3, 32 bits)"),
      Arguments.of(
          wav(1, 1, 24_000, 24, new byte[6]), "is not 8 or 16 bit PCM (WAV format 1, 24 bits)"),
      Arguments.of(wav(1, 0, 24_000, 16, new byte[4]), "0 channels at 24000 Hz"),
      Arguments.of(wav(1, 1, 0, 16, new byte[4]), "1 channels at 0 Hz"),
      Arguments.of(wav(1, 1, -1, 16, new byte[4]), "1 channels at 4294967295 Hz"),
    };
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void saysWhatIsWrongWithAFile(byte[] file, String complaint) throws IOException {
    Path path = write(file);

    assertThatThrownBy(() -> Recording.read(path))
        .isInstanceOf(TalkFailure.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(complaint);
  }

  @Test
  void saysThatAFileIsNotThere() {
    Path path = directory.resolve("none.wav");

    assertThatThrownBy(() -> Recording.read(path))
        .hasMessage(path + " cannot be read: the file or its directory does not exist");
  }

  @Test
  void saysThatAFileCannotBeWritten() {
    Path path = directory.resolve("none").resolve("out.wav");

    assertThatThrownBy(() -> WavWriter.open(path))
        .hasMessage(path + " cannot be written: the file or its directory does not exist");
  }

  private Path write(byte[] wav) throws IOException {
    return Files.write(directory.resolve("in.wav"), wav);
  }

  private static short[] samples(Recording recording) {
    short[] samples = new short[recording.bytes() / Pcm.SAMPLE_BYTES];
    ByteBuffer.wrap(recording.part(0, recording.bytes()))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asShortBuffer()
        .get(samples);
    return samples;
  }

  /** A second of a tone of half the greatest loudness. */
  private static byte[] tone(int rate, int bits, int channels) {
    ByteBuffer data =
        ByteBuffer.allocate(rate * channels * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rate; i++) {
      double sample = Math.sin(2 * Math.PI * TONE * i / rate) / 2;
      for (int channel = 0; channel < channels; channel++) {
        if (bits == 8) {
          data.put((byte) Math.round(128 + sample * 127));
        } else {
          data.putShort((short) Math.round(sample * 32_767));
        }
      }
    }
    return wav(1, channels, rate, bits, data.array());
  }

  private static byte[] wav(int coding, int channels, int rate, int bits, byte[] data) {
    ByteBuffer wav = ByteBuffer.allocate(44 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + data.length);
    wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    wav.putShort((short) coding).putShort((short) channels).putInt(rate);
    wav.putInt(rate * channels * bits / 8).putShort((short) (channels * bits / 8));
    wav.putShort((short) bits);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data);
    return wav.array();
  }
}
