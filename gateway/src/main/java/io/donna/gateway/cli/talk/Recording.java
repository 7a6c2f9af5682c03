package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A recording in the protocol's audio format ({@link Pcm}). */
public final class Recording {
  private static final int MOST_BYTES = 64 << 20;

  private final String name;
  private final byte[] pcm;

  private Recording(String name, byte[] pcm) {
    this.name = name;
    this.pcm = pcm;
  }

  /** Reads a WAV file of at most 64 MB and converts it to 24 kHz, 16 bit, mono. */
  public static Recording read(Path wav) throws TalkFailure {
    String name = wav.toString();
    byte[] file;
    try {
      if (Files.size(wav) > MOST_BYTES) {
        throw new TalkFailure(name + " is larger than 64 MB");
      }
      file = Files.readAllBytes(wav);
    } catch (TalkFailure tooLarge) {
      throw tooLarge;
    } catch (IOException e) {
      throw TalkFailure.ofFile(wav, "read", e);
    }
    return new Recording(name, pcm(WavReader.read(file, name)));
  }

  String name() {
    return name;
  }

  int bytes() {
    return pcm.length;
  }

  /** A part of the recording; shorter at its end. */
  byte[] part(int from, int length) {
    return Arrays.copyOfRange(pcm, from, Math.min(pcm.length, from + length));
  }

  private static byte[] pcm(WavReader.Sound sound) {
    float[] samples = resample(sound.samples(), sound.rate());
    ByteBuffer pcm =
        ByteBuffer.allocate(samples.length * Pcm.SAMPLE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : samples) {
      pcm.putShort((short) Math.clamp(Math.round(sample * 32_768f), Short.MIN_VALUE, 32_767));
    }
    return pcm.array();
  }

  /** Upsamples by linear interpolation; downsamples by averaging. */
  private static float[] resample(float[] from, int rate) {
    if (rate == Pcm.RATE) {
      return from;
    }
    double step = (double) rate / Pcm.RATE;
    float[] to = new float[Math.max(1, (int) (from.length / step))];
    for (int i = 0; i < to.length; i++) {
      to[i] = step > 1 ? mean(from, i * step, (i + 1) * step) : between(from, i * step);
    }
    return to;
  }

  private static float between(float[] samples, double at) {
    int left = Math.min((int) at, samples.length - 1);
    int right = Math.min(left + 1, samples.length - 1);
    return (float) (samples[left] + (samples[right] - samples[left]) * (at - left));
  }

  private static float mean(float[] samples, double begin, double end) {
    int last = Math.min((int) Math.ceil(end), samples.length);
    int first = Math.min((int) begin, last - 1);
    float sum = 0;
    for (int i = first; i < last; i++) {
      sum += samples[i];
    }
    return sum / (last - first);
  }
}
