package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.speech.Clip;
import io.donna.simulator.speech.Words;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** The deltas of a reply and their due times, as if audio were delivered in real time. */
record ResponseScript(List<Beat> beats) {

  /** A delta and its due time, relative to the creation of the response. */
  record Beat(Duration due, Delta delta) {}

  /** A piece of a reply. */
  sealed interface Delta {
    record Text(String words) implements Delta {}

    record Transcript(String words) implements Delta {}

    /** Samples at the rate of the response's audio format. */
    @SuppressWarnings(
        "ArrayRecordComponent") // handed from the script to the response, never compared
    record Audio(short[] samples) implements Delta {}

    record Arguments(String json) implements Delta {}
  }

  /** The delay before the first word, as of a model. */
  private static final Duration THINKING = Duration.ofMillis(200);

  private static final Duration PER_WORD = Duration.ofMillis(20);

  /** Durations of the first audio deltas. They are short, so that playback starts early. */
  private static final List<Integer> FIRST_MILLIS = List.of(100, 150);

  private static final int STEADY_MILLIS = 250;

  /** The transcript takes half as long as the audio, so it runs ahead of it. */
  private static final double WORDS_AHEAD = 0.5;

  private static final Pattern JSON_PIECE =
      Pattern.compile("[\\p{L}\\p{M}\\p{N}_]+|.", Pattern.DOTALL);

  static ResponseScript of(Reply reply, AudioFormat format) {
    return new ResponseScript(
        switch (reply) {
          case Reply.Written(String text) ->
              evenly(Words.of(text).stream().<Delta>map(Delta.Text::new).toList());
          case Reply.Call(_, String arguments) ->
              evenly(
                  Words.pieces(JSON_PIECE, arguments).stream()
                      .<Delta>map(Delta.Arguments::new)
                      .toList());
          case Reply.Spoken(List<Clip> clips) -> spoken(clips, format);
        });
  }

  private static List<Beat> evenly(List<Delta> deltas) {
    List<Beat> beats = new ArrayList<>();
    for (Delta delta : deltas) {
      beats.add(new Beat(THINKING.plus(PER_WORD.multipliedBy(beats.size())), delta));
    }
    return beats;
  }

  private static List<Beat> spoken(List<Clip> clips, AudioFormat format) {
    List<Beat> beats = new ArrayList<>();
    Duration start = THINKING;
    for (Clip clip : clips) {
      List<String> words = Words.of((beats.isEmpty() ? "" : " ") + clip.transcript());
      Duration perWord =
          Duration.ofNanos((long) (clip.millis() * 1_000_000 * WORDS_AHEAD / words.size()));
      for (int i = 0; i < words.size(); i++) {
        // The first three words precede the first audio delta, as in the recorded sessions.
        Duration due = start.plus(perWord.multipliedBy(Math.max(0, i - 2)));
        beats.add(new Beat(due, new Delta.Transcript(words.get(i))));
      }
      start = start.plusMillis(clip.millis());
    }
    beats.addAll(audio(format.from24k(joined(clips)), format));
    // The sort is stable: the transcript precedes audio that is due at the same time.
    beats.sort(Comparator.comparing(Beat::due));
    return beats;
  }

  private static List<Beat> audio(short[] samples, AudioFormat format) {
    List<Beat> beats = new ArrayList<>();
    int from = 0;
    while (from < samples.length) {
      int millis =
          beats.size() < FIRST_MILLIS.size() ? FIRST_MILLIS.get(beats.size()) : STEADY_MILLIS;
      int to = Math.min(samples.length, from + format.samples(millis));
      Duration due = THINKING.plusMillis(format.millis(from));
      beats.add(new Beat(due, new Delta.Audio(Arrays.copyOfRange(samples, from, to))));
      from = to;
    }
    return beats;
  }

  private static short[] joined(List<Clip> clips) {
    short[] all = new short[clips.stream().mapToInt(clip -> clip.samples().length).sum()];
    int at = 0;
    for (Clip clip : clips) {
      System.arraycopy(clip.samples(), 0, all, at, clip.samples().length);
      at += clip.samples().length;
    }
    return all;
  }
}
