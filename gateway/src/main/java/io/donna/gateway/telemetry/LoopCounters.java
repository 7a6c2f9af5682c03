package io.donna.gateway.telemetry;

import io.donna.gateway.config.Api;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one event loop has counted. Its own thread adds, without a lock, a fence or a shared cache
 * line; any thread reads a value that is at most a moment old.
 */
public final class LoopCounters {
  /** Who sent a message. */
  public enum Sender {
    CLIENT,
    UPSTREAM
  }

  /** What is counted for each relayed message, beside the message. */
  public enum Count {
    CLIENT_BYTES(0),
    UPSTREAM_BYTES(1),
    /** Speech of users, in microseconds. */
    SPEECH_IN(2),
    /** Speech of the assistant, in microseconds. */
    SPEECH_OUT(3);

    /** Its place in the array. */
    private final int place;

    Count(int place) {
      this.place = LINE + place;
    }
  }

  private static final int COUNTS = Count.values().length;

  /** Longs in a cache line, so that no two loops write to one. */
  private static final int LINE = 8;

  private static final int MESSAGES = 2 * Api.values().length;

  private final AtomicLongArray counts = new AtomicLongArray(COUNTS + MESSAGES + 2 * LINE);

  /** Adds to a count; for the event loop's own thread only. */
  public void add(Count count, long more) {
    add(count.place, more);
  }

  /** Counts a message of a session of {@code api}; for the event loop's own thread only. */
  public void addMessage(Api api, Sender sender) {
    add(place(api, sender), 1);
  }

  private void add(int at, long more) {
    counts.setOpaque(at, counts.getPlain(at) + more);
  }

  long get(Count count) {
    return counts.getOpaque(count.place);
  }

  long messages(Api api, Sender sender) {
    return counts.getOpaque(place(api, sender));
  }

  private static int place(Api api, Sender sender) {
    int pair =
        switch (api) {
          case REALTIME -> 0;
          case TRANSCRIPTION -> 1;
          case TRANSLATION -> 2;
          case LIVE -> 3;
        };
    return LINE + COUNTS + 2 * pair + (sender == Sender.CLIENT ? 0 : 1);
  }
}
