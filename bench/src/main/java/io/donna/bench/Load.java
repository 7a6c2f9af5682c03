package io.donna.bench;

import java.time.Duration;

/**
 * What a round puts on a peer. Messages leave by the clock and never wait for a reply, so a slow
 * peer gets the same load as a fast one.
 */
record Load(
    int sessions,
    double messagesPerSecond,
    AudioMessage upward,
    boolean downward,
    Duration warmup,
    Duration window) {
  /** A voice model's answer: 16.2 kB of base64 PCM, a quarter of a second of 24 kHz audio. */
  static final AudioMessage DOWNWARD = AudioMessage.delta(16_200);

  static final Duration DOWNWARD_INTERVAL = Duration.ofMillis(250);

  Load {
    check(sessions >= 1 && sessions <= 5_000, "--sessions takes 1 to 5000");
    check(
        messagesPerSecond > 0 && messagesPerSecond <= 1_000, "--rate takes above 0 and up to 1000");
    check(!warmup.isNegative() && warmup.toSeconds() <= 600, "--warmup takes 0 to 600 seconds");
    check(window.isPositive() && window.toSeconds() <= 600, "--seconds takes 1 to 600");
  }

  Duration upwardInterval() {
    return Duration.ofNanos(Math.round(1e9 / messagesPerSecond));
  }

  /** Both ways together. */
  double offeredPerSecond() {
    double down = downward ? 1e9 / DOWNWARD_INTERVAL.toNanos() : 0;
    return sessions * (messagesPerSecond + down);
  }

  /** Throws IllegalArgumentException, for a person to read, where {@code holds} is false. */
  static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }
}
