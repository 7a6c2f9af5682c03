package io.donna.simulator.audio;

import java.util.Arrays;

/** The samples not yet committed, and the count of those before them. */
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

  /** The total number of samples ever appended. */
  public long position() {
    return dropped + length;
  }

  /** Keeps the last `count` samples and discards the rest. */
  public void keepLast(int count) {
    int excess = length - count;
    if (excess > 0) {
      System.arraycopy(samples, excess, samples, 0, count);
      length = count;
      dropped += excess;
    }
  }

  /** Returns all samples and empties the buffer. */
  public short[] take() {
    short[] taken = Arrays.copyOf(samples, length);
    keepLast(0);
    return taken;
  }
}
