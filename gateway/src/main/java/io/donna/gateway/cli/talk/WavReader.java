package io.donna.gateway.cli.talk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Reads the audio of a WAV file: 8 or 16 bit PCM of any rate and number of channels. */
final class WavReader {
  /** Audio mixed down to one channel, each sample from -1 to 1. */
  static final class Sound {
    private final int rate;
    private final float[] samples;

    Sound(int rate, float[] samples) {
      this.rate = rate;
      this.samples = samples;
    }

    int rate() {
      return rate;
    }

    float[] samples() {
      return samples;
    }
  }

  private record Format(int channels, int rate, int bits) {
    int frameBytes() {
      return channels * bits / 8;
    }
  }

  private static final int RIFF = tag("RIFF");
  private static final int WAVE = tag("WAVE");
  private static final int FORMAT = tag("fmt ");
  private static final int DATA = tag("data");

  private static final int CODING_PCM = 1;
  private static final int CODING_EXTENSIBLE = 0xfffe;
  private static final int FORMAT_BYTES = 16;
  private static final int EXTENSIBLE_BYTES = 40;
  private static final int EXTENSIBLE_CODING_AT = 24;

  private static final String CONVERT = "; convert it with ffmpeg -i IN -ar 24000 -ac 1 OUT.wav";

  private final ByteBuffer file;
  private final String name;

  private WavReader(byte[] file, String name) {
    this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
  }

  /**
   * A data chunk whose size exceeds the file, as streaming recorders write it, extends to the end
   * of the file.
   *
   * @param name the file's name in error messages
   */
  static Sound read(byte[] file, String name) throws TalkFailure {
    return new WavReader(file, name).read();
  }

  private Sound read() throws TalkFailure {
    if (file.remaining() < 12 || file.getInt(0) != RIFF || file.getInt(8) != WAVE) {
      throw new TalkFailure(name + " is not a WAV file" + CONVERT);
    }
    file.position(12);
    Format format = null;
    while (file.remaining() >= 8) {
      int tag = file.getInt();
      long claimed = Integer.toUnsignedLong(file.getInt());
      int size = (int) Math.min(claimed, file.remaining());
      if (tag == FORMAT) {
        format = format(file.slice(file.position(), size).order(ByteOrder.LITTLE_ENDIAN));
      } else if (tag == DATA) {
        return sound(format, file.slice(file.position(), size).order(ByteOrder.LITTLE_ENDIAN));
      }
      // Chunks start at even offsets.
      file.position((int) Math.min(file.limit(), file.position() + size + (claimed & 1)));
    }
    throw new TalkFailure(name + " is a WAV file without audio data");
  }

  private Format format(ByteBuffer chunk) throws TalkFailure {
    if (chunk.remaining() < FORMAT_BYTES) {
      throw new TalkFailure(name + " is a damaged WAV file: its format chunk is truncated");
    }
    int coding = Short.toUnsignedInt(chunk.getShort(0));
    if (coding == CODING_EXTENSIBLE && chunk.remaining() >= EXTENSIBLE_BYTES) {
      coding = Short.toUnsignedInt(chunk.getShort(EXTENSIBLE_CODING_AT));
    }
    Format format =
        new Format(Short.toUnsignedInt(chunk.getShort(2)), chunk.getInt(4), chunk.getShort(14));
    if (coding != CODING_PCM || (format.bits() != 8 && format.bits() != 16)) {
      throw new TalkFailure(
          "%s is not 8 or 16 bit PCM (WAV format %d, %d bits)%s"
              .formatted(name, coding, format.bits(), CONVERT));
    }
    if (format.channels() < 1 || format.rate() < 1_000 || format.rate() > 768_000) {
      throw new TalkFailure(
          "%s is a damaged WAV file: %d channels at %d Hz"
              .formatted(name, format.channels(), Integer.toUnsignedLong(format.rate())));
    }
    return format;
  }

  private Sound sound(@Nullable Format format, ByteBuffer data) throws TalkFailure {
    if (format == null) {
      throw new TalkFailure(
          name + " is a damaged WAV file: its data chunk precedes its format chunk");
    }
    float[] samples = new float[data.remaining() / format.frameBytes()];
    if (samples.length == 0) {
      throw new TalkFailure(name + " is a WAV file without audio data");
    }
    for (int i = 0; i < samples.length; i++) {
      float sum = 0;
      for (int channel = 0; channel < format.channels(); channel++) {
        // 8-bit samples are unsigned, 16-bit samples signed.
        sum += format.bits() == 8 ? ((data.get() & 0xff) - 128) / 128f : data.getShort() / 32_768f;
      }
      samples[i] = sum / format.channels();
    }
    return new Sound(format.rate(), samples);
  }

  private static int tag(String letters) {
    return letters.charAt(0)
        | letters.charAt(1) << 8
        | letters.charAt(2) << 16
        | letters.charAt(3) << 24;
  }
}
