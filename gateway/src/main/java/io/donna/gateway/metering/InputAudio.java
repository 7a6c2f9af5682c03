package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;

/**
 * How long the speech is that the upstream has in its input buffer: by its bytes, in the format
 * that takes the fewest of all that may be in force; or, of a turn that the upstream has found, as
 * the upstream says. Confined to the session's event loop.
 */
final class InputAudio {
  private static final long MICROS_PER_MS = 1_000;

  /** No turn is longer than a day. */
  private static final long LONGEST_MS = 86_400_000;

  private long micros;
  private int bytesASecond = SpeechFormat.PCM_BYTES_A_SECOND;
  private int unanswered;
  private String foundItem = "";
  private long foundBegin = -1;
  private long foundEnd = -1;

  int bytesASecond() {
    return bytesASecond;
  }

  /** The client asks for another format; until the upstream has answered, either may hold. */
  void ask(int another) {
    unanswered++;
    bytesASecond = Math.min(bytesASecond, another);
  }

  /** The upstream states its session. */
  void state(int now, boolean answer) {
    unanswered = Math.max(0, unanswered - (answer ? 1 : 0));
    bytesASecond = unanswered == 0 ? now : Math.min(bytesASecond, now);
  }

  /** Whether the upstream has still to answer an update of its session. */
  boolean isChanging() {
    return unanswered > 0;
  }

  void append(long base64) {
    micros += SpeechFormat.microsOf(base64, bytesASecond);
  }

  void clear() {
    micros = 0;
  }

  void speechStarted(long atMs) {
    foundBegin = atMs;
    foundEnd = -1;
  }

  void speechStopped(String item, long atMs) {
    foundItem = item;
    foundEnd = atMs;
  }

  /** Whether the upstream hears a turn, whose end it may have found by now. */
  boolean isInTurn() {
    return foundBegin >= 0 && foundEnd < 0;
  }

  /** The client has committed the buffer. */
  long commit() {
    long all = micros;
    micros = 0;
    return all;
  }

  /** Whether {@code item} is of a turn that the upstream has found by itself. */
  boolean hasFound(String item) {
    return !item.isEmpty() && item.equals(foundItem);
  }

  /** The upstream has committed the turn that it has found. */
  long commitFound() {
    long all = commit();
    boolean stated = foundBegin >= 0 && foundEnd >= foundBegin;
    long found = stated ? Math.min(foundEnd - foundBegin, LONGEST_MS) * MICROS_PER_MS : all;
    foundItem = "";
    foundBegin = -1;
    foundEnd = -1;
    return found;
  }
}
