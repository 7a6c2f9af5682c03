package io.donna.gateway.guard;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Searches every reading of an utterance ({@link PossibleReadings}) for patterns, in slices. Takes
 * linear time, as RE2 does. Confined to one thread at a time.
 */
final class PatternSearch implements JudgingQueue.Work {
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final List<Pattern> patterns;
  private final Utterance utterance;
  private final Consumer<Judgement> done;
  private @Nullable PossibleReadings readings;
  private @Nullable String reading;
  private int patternsTried;

  /**
   * Creates a search that has not begun.
   *
   * @param done called with the outcome, on the thread that runs the search; never after an
   *     interrupt
   */
  PatternSearch(List<Pattern> patterns, Utterance utterance, Consumer<Judgement> done) {
    this.patterns = patterns;
    this.utterance = utterance;
    this.done = done;
  }

  @Override
  public boolean runSlice() {
    long begun = System.nanoTime();
    try {
      Judgement judgement = null;
      while (judgement == null) {
        if (System.nanoTime() - begun > SLICE_NANOS) {
          return false;
        }
        judgement = step();
      }
      done.accept(judgement);
    } catch (CancellationException late) {
      // The outcome is no longer awaited.
    } catch (UnjudgeableTextException words) {
      done.accept(Judgement.Failed.ofWords(String.valueOf(words.getMessage())));
    } catch (RuntimeException defect) {
      // The message may quote the words. Inherent, so that no words pass by provoking a defect.
      done.accept(Judgement.Failed.ofWords(defect.getClass().getSimpleName()));
    }
    return true;
  }

  /** Makes one reading, or tries one pattern; null if the search goes on. */
  private @Nullable Judgement step() throws UnjudgeableTextException {
    if (readings == null) {
      readings = new PossibleReadings(utterance);
    }
    if (reading == null || patternsTried == patterns.size()) {
      reading = readings.next();
      patternsTried = 0;
      return reading == null ? new Judgement.Passed() : null;
    }
    Pattern pattern = patterns.get(patternsTried++);
    return pattern.matcher(new Interruptible(reading)).find() ? new Judgement.Matched() : null;
  }

  /**
   * A text that throws {@link CancellationException} to its reader when the thread is interrupted.
   */
  private static final class Interruptible implements CharSequence {
    /** A step of a pattern with thousands of states takes some microseconds. */
    private static final int CHARACTERS_BETWEEN_LOOKS = 256;

    private final String text;
    private int read;

    Interruptible(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if ((++read & (CHARACTERS_BETWEEN_LOOKS - 1)) == 0) {
        TextNormalizer.checkInterrupt();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
