package io.donna.simulator.speech;

import java.util.regex.Pattern;

/** Speech for words without a recording: a hummed tone per word, so that its length is right. */
public final class Hum {
  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final int RATE = 24_000;
  private static final int WORD_MILLIS = 250;
  private static final int PAUSE_MILLIS = 50;
  private static final double HERTZ = 180;
  private static final double AMPLITUDE = 3_000;

  private Hum() {}

  /** The words, as 300 ms of tone and pause each. */
  public static Clip of(String words) {
    String text = words.strip();
    int count = text.isEmpty() ? 0 : SPACES.split(text, -1).length;
    int perWord = (WORD_MILLIS + PAUSE_MILLIS) * RATE / 1_000;
    short[] samples = new short[count * perWord];
    for (int i = 0; i < samples.length; i++) {
      if (i % perWord < WORD_MILLIS * RATE / 1_000) {
        samples[i] = (short) (AMPLITUDE * Math.sin(2 * Math.PI * HERTZ * i / RATE));
      }
    }
    return new Clip("hum", text, samples);
  }
}
