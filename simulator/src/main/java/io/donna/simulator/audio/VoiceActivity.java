package io.donna.simulator.audio;

/**
 * Finds where speech starts and stops by its loudness, in steps of 20 ms. A model does this better;
 * loudness is enough for clean recordings and for silence, and it is the same on every machine.
 */
public final class VoiceActivity {
  private static final int FRAME_MILLIS = 20;

  /** So many loud frames in a row are speech; fewer are a click. */
  private static final int ONSET_FRAMES = 3;

  /** Root mean square at threshold 1. Speech at a telephone's level is at 1,000 to 5,000. */
  private static final double LOUDEST_THRESHOLD = 600;

  /** What the last step said. */
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

  /** How much of what was heard belongs to the onset that was just found. */
  public static long onsetMillis() {
    return (long) ONSET_FRAMES * FRAME_MILLIS;
  }

  /**
   * Hears one sample.
   *
   * @param threshold 0 to 1, as in `turn_detection`
   * @param silenceMillis how long it must be quiet for speech to have stopped
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

  /** Forgets what was heard: the buffer was cleared, committed or changed its format. */
  public void reset() {
    squares = 0;
    inFrame = 0;
    loudFrames = 0;
    quietFrames = 0;
    speaking = false;
  }
}
