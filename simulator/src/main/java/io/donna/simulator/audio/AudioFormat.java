package io.donna.simulator.audio;

/** The wire encoding of audio. In memory, audio is 16-bit mono PCM at the rate of its format. */
public enum AudioFormat {
  PCM("audio/pcm", 24_000, 2),
  PCM_16K("audio/pcm", 16_000, 2),
  ULAW("audio/pcmu", 8_000, 1),
  ALAW("audio/pcma", 8_000, 1);

  private final String type;
  private final int rate;
  private final int bytesPerSample;

  AudioFormat(String type, int rate, int bytesPerSample) {
    this.type = type;
    this.rate = rate;
    this.bytesPerSample = bytesPerSample;
  }

  /** The format whose `type` in a session object is this; PCM for any but the two of G.711. */
  public static AudioFormat named(String type) {
    for (AudioFormat format : values()) {
      if (format.type.equals(type)) {
        return format;
      }
    }
    return PCM;
  }

  /** The format of that `type` and rate. */
  public static AudioFormat named(String type, int rate) {
    return rate == PCM_16K.rate && PCM_16K.type.equals(type) ? PCM_16K : named(type);
  }

  /** Samples per second. */
  public int rate() {
    return rate;
  }

  /** Whether the bytes form a whole number of samples. */
  public boolean wholeSamples(byte[] bytes) {
    return bytes.length % bytesPerSample == 0;
  }

  public long millis(long samples) {
    return samples * 1_000L / rate;
  }

  public int samples(long millis) {
    return Math.toIntExact(millis * rate / 1_000);
  }

  public short[] decode(byte[] wire) {
    short[] samples = new short[wire.length / bytesPerSample];
    for (int i = 0; i < samples.length; i++) {
      samples[i] =
          switch (this) {
            case PCM, PCM_16K -> (short) ((wire[2 * i] & 0xFF) | (wire[2 * i + 1] << 8));
            case ULAW -> G711.fromUlaw(wire[i]);
            case ALAW -> G711.fromAlaw(wire[i]);
          };
    }
    return samples;
  }

  public byte[] encode(short[] samples) {
    byte[] wire = new byte[samples.length * bytesPerSample];
    for (int i = 0; i < samples.length; i++) {
      switch (this) {
        case PCM, PCM_16K -> {
          wire[2 * i] = (byte) samples[i];
          wire[2 * i + 1] = (byte) (samples[i] >> 8);
        }
        case ULAW -> wire[i] = G711.toUlaw(samples[i]);
        case ALAW -> wire[i] = G711.toAlaw(samples[i]);
      }
    }
    return wire;
  }

  /** Resamples audio from 24 kHz to this format's rate. */
  public short[] from24k(short[] samples) {
    if (rate == 24_000) {
      return samples;
    }
    if (this == PCM_16K) {
      return twoThirds(samples);
    }
    int step = 24_000 / rate;
    short[] fewer = new short[samples.length / step];
    for (int i = 0; i < fewer.length; i++) {
      // Averages the samples that each output sample replaces: a sufficient low-pass filter for
      // speech.
      int sum = 0;
      for (int k = 0; k < step; k++) {
        sum += samples[i * step + k];
      }
      fewer[i] = (short) (sum / step);
    }
    return fewer;
  }

  /** Of three samples the first stays, and the mean of the other two is the second. */
  private static short[] twoThirds(short[] samples) {
    short[] fewer = new short[samples.length / 3 * 2];
    for (int i = 0; i < fewer.length; i += 2) {
      int from = i / 2 * 3;
      fewer[i] = samples[from];
      fewer[i + 1] = (short) ((samples[from + 1] + samples[from + 2]) / 2);
    }
    return fewer;
  }
}
