package io.donna.gateway.telemetry;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one event loop has counted. Its own thread adds, without a lock, a fence or a shared cache
 * line; any thread reads a value that is at most a moment old.
 */
public final class LoopCounters {
  /** What is counted for each relayed message. */
  public enum Count {
    CLIENT_MESSAGES(0),
    CLIENT_BYTES(1),
    UPSTREAM_MESSAGES(2),
    UPSTREAM_BYTES(3),
    /** Speech of users, in microseconds. */
    SPEECH_IN(4),
    /** Speech of the assistant, in microseconds. */
    SPEECH_OUT(5);

    /** Its place in the array. */
    private final int place;

    Count(int place) {
      this.place = LINE + place;
    }
  }

  private static final int COUNTS = Count.values().length;

  /** Longs in a cache line, so that no two loops write to one. */
  private static final int LINE = 8;

  private final AtomicLongArray counts = new AtomicLongArray(COUNTS + 2 * LINE);

  /** Adds to a count; for the event loop's own thread only. */
  public void add(Count count, long more) {
    int at = count.place;
    counts.setOpaque(at, counts.getPlain(at) + more);
  }

  long get(Count count) {
    return counts.getOpaque(count.place);
  }
}
