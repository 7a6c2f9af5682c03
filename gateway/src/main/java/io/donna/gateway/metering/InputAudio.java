package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the length of the speech in the upstream's input buffer: from its bytes, in the format
 * with the lowest byte rate that may be in force; or, for a turn that the upstream detected, from
 * the upstream's times. Only the upstream's events empty the buffer, because it may refuse a
 * request. Confined to the session's event loop.
 */
final class InputAudio {
  private static final long MICROS_PER_MS = 1_000;

  /** No turn is longer than a day. */
  private static final long LONGEST_MS = 86_400_000;

  /** More clears than an upstream leaves unanswered; further ones are ignored. */
  private static final int MAX_CLEARS = 64;

  /** All speech ever sent, in microseconds. */
  private long sent;

  /** How much of it the upstream has removed from its buffer. */
  private long taken;

  /** For each unanswered clear, the position up to which it empties the buffer. */
  private final Deque<Long> clears = new ArrayDeque<>(1);

  private int bytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;
  private int unanswered;
  private String foundItem = "";
  private long foundBegin = -1;
  private long foundEnd = -1;

  int bytesPerSecond() {
    return bytesPerSecond;
  }

  /**
   * Records that the client asks for another format. Until the upstream answers, either may be in
   * force.
   */
  void ask(int another) {
    unanswered++;
    bytesPerSecond = Math.min(bytesPerSecond, another);
  }

  /** Records the format of a session that the upstream states. */
  void state(int now, boolean answer) {
    unanswered = Math.max(0, unanswered - (answer ? 1 : 0));
    bytesPerSecond = unanswered == 0 ? now : Math.min(bytesPerSecond, now);
  }

  /** Whether session updates are unanswered. */
  boolean isChanging() {
    return unanswered > 0;
  }

  /** How many session updates are unanswered. */
  int unanswered() {
    return unanswered;
  }

  void append(long base64) {
    sent += SpeechFormat.microsOf(base64, bytesPerSecond);
  }

  /** Records that the client asks to clear the buffer. */
  void askToClear() {
    if (clears.size() < MAX_CLEARS) {
      clears.add(sent);
    }
  }

  /** Records that the upstream has answered the oldest clear. */
  void cleared() {
    @Nullable Long end = clears.poll();
    if (end != null) {
      commit(end);
    }
  }

  void speechStarted(long atMs) {
    foundBegin = atMs;
    foundEnd = -1;
  }

  void speechStopped(String item, long atMs) {
    foundItem = item;
    foundEnd = atMs;
  }

  /** Whether the user is in a turn, as far as the upstream has told; it may have ended by now. */
  boolean isInTurn() {
    return foundBegin >= 0 && foundEnd < 0;
  }

  /** All speech sent so far, in microseconds. */
  long sent() {
    return sent;
  }

  /** How much of it the upstream has removed from its buffer, in microseconds. */
  long taken() {
    return taken;
  }

  /**
   * Records that the upstream has emptied its buffer up to {@code end}.
   *
   * @return the length of that speech, in microseconds
   */
  long commit(long end) {
    long micros = Math.max(0, end - taken);
    taken += micros;
    return micros;
  }

  /** Whether {@code item} is a turn that the upstream detected itself. */
  boolean hasFound(String item) {
    return !item.isEmpty() && item.equals(foundItem);
  }

  /**
   * Commits the turn that the upstream detected; speech after its end stays in the buffer. Without
   * a stated end, all speech is committed.
   */
  long commitFound() {
    boolean stated = foundBegin >= 0 && foundEnd >= foundBegin;
    long found = Math.min(foundEnd - foundBegin, LONGEST_MS) * MICROS_PER_MS;
    if (stated) {
      // Upstreams state the end from the session's first byte or from the buffer's.
      long end = Math.min(foundEnd, Long.MAX_VALUE / MICROS_PER_MS) * MICROS_PER_MS;
      commit(Math.min(sent, Math.max(end, taken + found)));
    } else {
      found = commit(sent);
    }
    foundItem = "";
    foundBegin = -1;
    foundEnd = -1;
    return found;
  }
}
