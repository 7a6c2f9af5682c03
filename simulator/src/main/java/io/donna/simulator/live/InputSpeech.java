package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.audio.VoiceActivity;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Hears when the user speaks, and gives the words of the script to what it hears. Speech is not
 * recognised: without a script the words say so. Confined to the session's event loop.
 */
final class InputSpeech {

  /** Receives the user's turns. */
  interface Listener {
    void speechStarted();

    /**
     * The user has finished an utterance.
     *
     * @param words what was said; empty if there is no script for it
     */
    void speechStopped(Optional<String> words, long millis);
  }

  private static final double THRESHOLD = 0.5;
  private static final long SILENCE_MILLIS = 500;
  private static final List<String> UNKNOWN =
      OutputSpeech.words("You are speaking, and the simulator does not know your words.");

  private final AudioFormat format;
  private final Listener listener;
  private final Iterator<String> script;
  private final VoiceActivity activity = new VoiceActivity();
  private final Deque<String> pending = new ArrayDeque<>();
  private final StringBuilder words = new StringBuilder();
  private Optional<String> utterance = Optional.empty();
  private long startedAt;
  private int unknownGiven;
  private boolean heard;
  private boolean muted;

  InputSpeech(AudioFormat format, List<String> script, Listener listener) {
    this.format = format;
    this.script = script.iterator();
    this.listener = listener;
  }

  void mute(boolean on) {
    muted = on;
  }

  void hear(short[] frame, long endMillis) {
    for (short sample : frame) {
      switch (activity.hear(muted ? 0 : sample, format, THRESHOLD, SILENCE_MILLIS)) {
        case STARTED -> start(endMillis - Timeline.FRAME_MILLIS);
        case STOPPED -> stop(endMillis);
        case NONE -> {}
      }
    }
  }

  /** The words heard since the last call: one per call while the user speaks. */
  String takeWords() {
    if (activity.speaking()) {
      if (utterance.isEmpty()) {
        add(UNKNOWN.get(unknownGiven++ % UNKNOWN.size()));
      } else if (!pending.isEmpty()) {
        add(pending.remove());
      }
    }
    String taken = words.toString();
    words.setLength(0);
    return taken;
  }

  private void start(long millis) {
    startedAt = millis;
    unknownGiven = 0;
    utterance = script.hasNext() ? Optional.of(script.next()) : Optional.empty();
    utterance.map(OutputSpeech::words).ifPresent(pending::addAll);
    listener.speechStarted();
  }

  private void stop(long millis) {
    while (!pending.isEmpty()) {
      add(pending.remove());
    }
    listener.speechStopped(utterance, Math.max(0, millis - startedAt - SILENCE_MILLIS));
  }

  private void add(String word) {
    words.append(heard ? " " : "").append(word);
    heard = true;
  }
}
