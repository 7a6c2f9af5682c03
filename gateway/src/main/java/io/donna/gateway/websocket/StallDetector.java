package io.donna.gateway.websocket;

import java.util.concurrent.TimeUnit;

/**
 * Finds a peer that is in the middle of something and does not go on. It must move {@link
 * #LEAST_BYTES}, or be done, within a time; and what takes longer than that time must move {@link
 * #LEAST_BYTES_A_SECOND} from then on, or a peer could hold a message's memory for days. Confined
 * to its leg's event loop.
 */
final class StallDetector {
  /** A quarter of a second of audio. Whoever takes a minute for it holds no conversation. */
  static final long LEAST_BYTES = 16 * 1024;

  /** Half of what a voice sends. */
  static final long LEAST_BYTES_A_SECOND = 32 * 1024;

  private final long patienceNanos;

  private boolean begun;
  private long begunAt;
  private long begunWith;
  private long since;
  private long mark;

  StallDetector(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  /** It is done with what it was in the middle of. */
  void clear() {
    begun = false;
  }

  /**
   * The peer is in the middle of something.
   *
   * @param moved bytes that it has moved, counted from anywhere
   * @return whether it has not moved enough
   */
  boolean look(long moved, long now) {
    if (!begun) {
      begun = true;
      begunAt = now;
      begunWith = moved;
      since = now;
      mark = moved;
    } else if (moved - mark >= LEAST_BYTES) {
      since = now;
      mark = moved;
    }
    long late = TimeUnit.NANOSECONDS.toMillis(now - begunAt - patienceNanos);
    return now - since >= patienceNanos
        || (moved - begunWith) * 1_000 < late * LEAST_BYTES_A_SECOND;
  }
}
