package io.donna.gateway.cli.talk;

import java.time.Duration;
import java.util.Optional;

/**
 * Plays a recording in real time as a microphone would, in parts of 100 ms, and then silence until
 * the server has detected the end of speech.
 */
final class Microphone {
  private static final Duration PART = Duration.ofMillis(100);
  private static final int PART_BYTES = Pcm.BYTES_PER_SECOND / 10;

  /** 2 s: four times what {@link TalkOptions} asks the server to wait for. */
  private static final int SILENT_PARTS = 20;

  private final Recording recording;
  private final boolean fast;
  private final long begun;
  private int position;
  private int given;
  private int silentParts = SILENT_PARTS;

  /**
   * @param now as {@link System#nanoTime}, here and below
   */
  Microphone(Recording recording, boolean fast, long now) {
    this.recording = recording;
    this.fast = fast;
    this.begun = now;
  }

  /** The next part, if it is due. */
  Optional<byte[]> part(long now) {
    if (isDone() || untilDue(now).isPositive()) {
      return Optional.empty();
    }
    given++;
    if (position < recording.bytes()) {
      byte[] part = recording.part(position, PART_BYTES);
      position += part.length;
      return Optional.of(part);
    }
    silentParts--;
    return Optional.of(new byte[PART_BYTES]);
  }

  /** The time until the next part is due. */
  Duration untilDue(long now) {
    Duration left = PART.multipliedBy(given).minusNanos(now - begun);
    return fast || left.isNegative() ? Duration.ZERO : left;
  }

  /**
   * The server detected an end of speech: no more silence is needed if it is the recording's end.
   * In a recording sent faster than real time it may be an earlier pause, detected late.
   */
  void endHeard() {
    if (position == recording.bytes() && !fast) {
      silentParts = 0;
    }
  }

  boolean isDone() {
    return position == recording.bytes() && silentParts == 0;
  }
}
