package io.donna.simulator.audio;

/**
 * Detects the start and end of speech by loudness, in frames of 20 ms. A model does this better,
 * but loudness suffices for clean recordings and for silence, and gives the same result on every
 * machine.
 */
public final class VoiceActivity {
  private static final int FRAME_MILLIS = 20;

  /** The number of consecutive loud frames that make speech. Fewer are a click. */
  private static final int ONSET_FRAMES = 3;

  /** The root mean square at threshold 1. Speech at telephone level is at 1,000 to 5,000. */
  private static final double LOUDEST_THRESHOLD = 600;

  /** The result of a step. */
  public enum Change {
    NONE,
    STARTED,
    STOPPED
  }

  private double squares;
  private int inFrame;
  private int loudFrames;
  private int quietFrames;
  private boolean speaking;

  public boolean speaking() {
    return speaking;
  }

  /** The duration of the audio that belongs to an onset just detected. */
  public static long onsetMillis() {
    return (long) ONSET_FRAMES * FRAME_MILLIS;
  }

  /**
   * Processes one sample.
   *
   * @param threshold 0 to 1, as in `turn_detection`
   * @param silenceMillis the silence that ends speech
   */
  public Change hear(short sample, AudioFormat format, double threshold, long silenceMillis) {
    squares += (double) sample * sample;
    inFrame++;
    if (inFrame < format.samples(FRAME_MILLIS)) {
      return Change.NONE;
    }
    double loudness = Math.sqrt(squares / inFrame);
    squares = 0;
    inFrame = 0;
    return step(loudness > threshold * LOUDEST_THRESHOLD, silenceMillis);
  }

  private Change step(boolean loud, long silenceMillis) {
    loudFrames = loud ? loudFrames + 1 : 0;
    quietFrames = loud ? 0 : quietFrames + 1;
    if (!speaking && loudFrames >= ONSET_FRAMES) {
      speaking = true;
      return Change.STARTED;
    }
    if (speaking && (long) quietFrames * FRAME_MILLIS >= silenceMillis) {
      speaking = false;
      return Change.STOPPED;
    }
    return Change.NONE;
  }

  /** Resets the detector after the buffer was cleared or committed, or its format changed. */
  public void reset() {
    squares = 0;
    inFrame = 0;
    loudFrames = 0;
    quietFrames = 0;
    speaking = false;
  }
}
