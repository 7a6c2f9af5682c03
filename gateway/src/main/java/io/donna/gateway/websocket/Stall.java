package io.donna.gateway.websocket;

/**
 * Finds a peer that is in the middle of something and does not go on: it must move {@link
 * #LEAST_BYTES}, or be done, within a time. Confined to its leg's event loop.
 */
final class Stall {
  /** A quarter of a second of audio. Whoever takes a minute for it holds no conversation. */
  static final long LEAST_BYTES = 16 * 1024;

  private boolean begun;
  private long since;
  private long mark;

  /** It is done with what it was in the middle of. */
  void clear() {
    begun = false;
  }

  /**
   * The peer is in the middle of something.
   *
   * @param moved bytes that it has moved, counted from anywhere
   * @return for how many nanoseconds it has not moved enough
   */
  long look(long moved, long now) {
    if (!begun || moved - mark >= LEAST_BYTES) {
      begun = true;
      since = now;
      mark = moved;
    }
    return now - since;
  }
}
