package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * How long the speech is that the upstream has in its input buffer: by its bytes, in the format
 * that takes the fewest of all that may be in force; or, of a turn that the upstream has found, as
 * the upstream says. Only the upstream's word empties the buffer, as it may refuse what was asked.
 * Confined to the session's event loop.
 */
final class InputAudio {
  private static final long MICROS_PER_MS = 1_000;

  /** No turn is longer than a day. */
  private static final long LONGEST_MS = 86_400_000;

  /** More clears than an upstream leaves unanswered; what comes beyond empties nothing. */
  private static final int MOST_CLEARS = 64;

  /** All speech ever sent. */
  private long sent;

  /** Up to where the upstream has taken it out of its buffer. */
  private long taken;

  /** Up to where each clear that the upstream has not answered empties the buffer. */
  private final Deque<Long> clears = new ArrayDeque<>(1);

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

  /** Updates of the session that the upstream has not answered. */
  int unanswered() {
    return unanswered;
  }

  void append(long base64) {
    sent += SpeechFormat.microsOf(base64, bytesASecond);
  }

  /** The client asks the upstream to forget what it was sent so far. */
  void askToClear() {
    if (clears.size() < MOST_CLEARS) {
      clears.add(sent);
    }
  }

  /** The upstream has forgotten what it had when it was asked to. */
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

  /** Whether the upstream hears a turn, whose end it may have found by now. */
  boolean isInTurn() {
    return foundBegin >= 0 && foundEnd < 0;
  }

  /** All that was sent so far, in microseconds. */
  long sent() {
    return sent;
  }

  /** Up to where the upstream has taken what was sent. */
  long taken() {
    return taken;
  }

  /**
   * The upstream has taken its buffer up to {@code end}.
   *
   * @return how much that was
   */
  long commit(long end) {
    long micros = Math.max(0, end - taken);
    taken += micros;
    return micros;
  }

  /** Whether {@code item} is of a turn that the upstream has found by itself. */
  boolean hasFound(String item) {
    return !item.isEmpty() && item.equals(foundItem);
  }

  /**
   * The upstream has committed the turn that it has found; what was sent behind its end stays. All
   * goes where the upstream does not say where it ends.
   */
  long commitFound() {
    boolean stated = foundBegin >= 0 && foundEnd >= foundBegin;
    long found = Math.min(foundEnd - foundBegin, LONGEST_MS) * MICROS_PER_MS;
    if (stated) {
      // Its end counts from the session's first byte, or from the buffer's.
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
