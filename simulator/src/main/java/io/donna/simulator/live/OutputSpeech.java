package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.speech.Clip;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The model's voice: what it has yet to say, cut into frames of 100 ms with the words that belong
 * to them. Confined to the session's event loop.
 */
final class OutputSpeech {
  private static final Pattern WORD = Pattern.compile("\\S+");

  private final AudioFormat format;
  private final String silence;
  private final Deque<Speech> waiting = new ArrayDeque<>();
  private final StringBuilder words = new StringBuilder();
  private boolean spoken;
  private @Nullable Speech current;

  OutputSpeech(AudioFormat format) {
    this.format = format;
    this.silence = encode(new short[format.samples(Timeline.FRAME_MILLIS)]);
  }

  boolean speaking() {
    return current != null || !waiting.isEmpty();
  }

  void say(List<Clip> clips) {
    for (Clip clip : clips) {
      waiting.add(new Speech(format.from24k(clip.samples()), words(clip.transcript())));
    }
  }

  /** Falls silent at once. */
  void interrupt() {
    waiting.clear();
    current = null;
  }

  /** The next 100 ms of output in base64: speech, or exact silence. */
  String nextFrame() {
    if (!speaking()) {
      return silence;
    }
    short[] frame = new short[format.samples(Timeline.FRAME_MILLIS)];
    int filled = 0;
    while (filled < frame.length && speaking()) {
      Speech speech = current == null ? waiting.remove() : current;
      filled += speech.read(frame, filled, words);
      current = speech.finished() ? null : speech;
    }
    return encode(frame);
  }

  /** The words said since the last call. The first of a session has no leading space. */
  String takeWords() {
    String taken = spoken || words.isEmpty() ? words.toString() : words.substring(1);
    spoken |= !words.isEmpty();
    words.setLength(0);
    return taken;
  }

  static List<String> words(String text) {
    return WORD.matcher(text).results().map(MatchResult::group).toList();
  }

  private String encode(short[] frame) {
    return Base64.getEncoder().encodeToString(format.encode(frame));
  }

  /** An utterance in progress. Its words are spread evenly over its audio. */
  private static final class Speech {
    private final short[] samples;
    private final List<String> said;
    private int position;
    private int wordsGiven;

    Speech(short[] samples, List<String> said) {
      this.samples = samples;
      this.said = said;
    }

    boolean finished() {
      return position == samples.length;
    }

    int read(short[] frame, int from, StringBuilder words) {
      int count = Math.min(frame.length - from, samples.length - position);
      System.arraycopy(samples, position, frame, from, count);
      position += count;
      // A word is given as soon as it begins.
      while (wordsGiven < said.size()
          && (finished() || (long) wordsGiven * samples.length < (long) position * said.size())) {
        words.append(' ').append(said.get(wordsGiven++));
      }
      return count;
    }
  }
}
