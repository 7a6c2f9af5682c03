package io.donna.simulator.translation;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.audio.VoiceActivity;
import io.donna.simulator.speech.Hum;
import io.donna.simulator.speech.Words;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Hears the words of the script while the user speaks, and says each 1.8 seconds later, marked with
 * the language of the output. Confined to the session's event loop.
 */
final class Interpreter {
  private static final double THRESHOLD = 0.5;
  private static final long SILENCE_MILLIS = 500;

  /** Recorded: " The" was heard at 600 ms, and "La" said at 2,400 ms. */
  private static final int LAG_FRAMES = 9;

  private static final String UNKNOWN = " The simulator does not know your words.";

  private final AudioFormat format;
  private final Iterator<String> script;
  private final Supplier<String> language;
  private final VoiceActivity activity = new VoiceActivity();
  private final Deque<String> toHear = new ArrayDeque<>();
  private final Deque<Spoken> toSay = new ArrayDeque<>();
  private final StringBuilder heard = new StringBuilder();
  private final StringBuilder said = new StringBuilder();
  private short[] speech = {};
  private int spoken;
  private long frames;
  private boolean opening;
  private boolean anythingSaid;

  Interpreter(AudioFormat format, List<String> script, Supplier<String> language) {
    this.format = format;
    this.script = script.iterator();
    this.language = language;
  }

  /** Hears a frame: one word of the utterance, if the user speaks in it. */
  void hear(short[] frame) {
    for (short sample : frame) {
      switch (activity.hear(sample, format, THRESHOLD, SILENCE_MILLIS)) {
        case STARTED -> {
          opening = true;
          toHear.addAll(utterance());
        }
        case STOPPED -> finish();
        case NONE -> {}
      }
    }
    if (!toHear.isEmpty()) {
      hearWord();
    }
  }

  /** Hears the rest of the utterance at once. */
  void finish() {
    while (!toHear.isEmpty()) {
      hearWord();
    }
  }

  /** Whether there are words to say, or sound of words said. */
  boolean hasMore() {
    return !toSay.isEmpty() || spoken < speech.length;
  }

  /** The next samples of output: speech, or silence. */
  short[] nextFrame(int samples) {
    frames++;
    while (!toSay.isEmpty() && toSay.element().dueFrame <= frames) {
      say(toSay.remove());
    }
    short[] next = new short[samples];
    int count = Math.min(samples, speech.length - spoken);
    System.arraycopy(speech, spoken, next, 0, count);
    spoken += count;
    return next;
  }

  String takeHeard() {
    return take(heard);
  }

  String takeSaid() {
    return take(said);
  }

  private List<String> utterance() {
    return Words.of(script.hasNext() ? " " + script.next() : UNKNOWN);
  }

  private void hearWord() {
    String word = toHear.remove();
    heard.append(word);
    toSay.add(new Spoken(word, frames + LAG_FRAMES + 1, opening));
    opening = false;
  }

  private void say(Spoken next) {
    if (next.opening) {
      said.append(anythingSaid ? " " : "").append('[').append(language.get()).append(']');
      anythingSaid = true;
    }
    said.append(next.word);
    short[] sound = format.from24k(Hum.of(next.word).samples());
    short[] rest = Arrays.copyOfRange(speech, spoken, speech.length);
    speech = Arrays.copyOf(rest, rest.length + sound.length);
    System.arraycopy(sound, 0, speech, rest.length, sound.length);
    spoken = 0;
  }

  private static String take(StringBuilder words) {
    String taken = words.toString();
    words.setLength(0);
    return taken;
  }

  /** A word, the frame in which it is said, and whether it opens an utterance. */
  private record Spoken(String word, long dueFrame, boolean opening) {}
}
