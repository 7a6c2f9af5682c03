package io.donna.gateway.websocket;

import java.util.concurrent.TimeUnit;

/**
 * Detects a peer that stalls in the middle of a transfer. It must move {@link #MIN_BYTES}, or
 * finish, within a timeout; a transfer that takes longer must also average {@link
 * #MIN_BYTES_PER_SECOND} from then on, or a peer could hold a message's memory for days. Confined
 * to its leg's event loop.
 */
final class StallDetector {
  /** A quarter of a second of audio. A peer that takes a minute for it holds no conversation. */
  static final long MIN_BYTES = 16 * 1024;

  /** Half the byte rate of a voice. */
  static final long MIN_BYTES_PER_SECOND = 32 * 1024;

  private final long timeoutNanos;

  private boolean begun;
  private long begunAt;
  private long begunWith;
  private long lastMovedAt;
  private long lastMoved;

  StallDetector(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  /** Ends the transfer. */
  void clear() {
    begun = false;
  }

  /**
   * Checks a transfer in progress.
   *
   * @param moved bytes that the peer has moved, counted from any origin
   * @return whether it has not moved enough
   */
  boolean isStalled(long moved, long now) {
    if (!begun) {
      begun = true;
      begunAt = now;
      begunWith = moved;
      lastMovedAt = now;
      lastMoved = moved;
    } else if (moved - lastMoved >= MIN_BYTES) {
      lastMovedAt = now;
      lastMoved = moved;
    }
    long late = TimeUnit.NANOSECONDS.toMillis(now - begunAt - timeoutNanos);
    return now - lastMovedAt >= timeoutNanos
        || (moved - begunWith) * 1_000 < late * MIN_BYTES_PER_SECOND;
  }
}
