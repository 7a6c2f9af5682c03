package io.donna.simulator.audio;

import java.util.Arrays;

/** Samples appended and not yet committed. Remembers how many came before them. */
public final class AudioBuffer {
  private short[] samples = new short[24_000];
  private int length;
  private long dropped;

  public void append(short sample) {
    if (length == samples.length) {
      samples = Arrays.copyOf(samples, length * 2);
    }
    samples[length++] = sample;
  }

  public int length() {
    return length;
  }

  /** How many samples were ever appended. */
  public long position() {
    return dropped + length;
  }

  /** Keeps the last `count` samples and lets the others go. */
  public void keepLast(int count) {
    int excess = length - count;
    if (excess > 0) {
      System.arraycopy(samples, excess, samples, 0, count);
      length = count;
      dropped += excess;
    }
  }

  /** All samples, and the buffer is empty. */
  public short[] take() {
    short[] taken = Arrays.copyOf(samples, length);
    keepLast(0);
    return taken;
  }
}
