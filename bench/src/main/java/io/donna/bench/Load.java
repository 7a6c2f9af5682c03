package io.donna.bench;

import java.time.Duration;
import java.util.Optional;

/**
 * The load that a round puts on a peer. It is open-loop: messages are sent at a fixed rate without
 * waiting for replies, so a slow peer gets the same load as a fast one.
 *
 * @param upward the messages each client sends
 * @param downward the messages each client receives, if any
 */
record Load(int sessions, Flow upward, Optional<Flow> downward, Duration warmup, Duration window) {
  static final int MOST_SESSIONS = 9_500;

  Load {
    check(sessions >= 1 && sessions <= MOST_SESSIONS, "--sessions takes 1 to " + MOST_SESSIONS);
    check(!warmup.isNegative() && warmup.toSeconds() <= 600, "--warmup takes 0 to 600 seconds");
    check(window.isPositive() && window.toSeconds() <= 600, "--seconds takes 1 to 600");
  }

  /** Voice: 6.4 kB ten times a second up, and 16.2 kB, a quarter of a second of sound, down. */
  static Load voice(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofMillis(100), AudioMessage.append(6_400)),
        Optional.of(Flow.every(Duration.ofMillis(250), AudioMessage.delta(16_200))),
        warmup,
        window);
  }

  /** Events without audio, 20 a second in each direction. */
  static Load small(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofMillis(50), AudioMessage.append(200)),
        Optional.of(Flow.every(Duration.ofMillis(50), AudioMessage.delta(300))),
        warmup,
        window);
  }

  /** A megabyte, as an image or a recording sent at once, one a second in each direction. */
  static Load large(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofSeconds(1), AudioMessage.append(AudioMessage.MAX_SIZE)),
        Optional.of(Flow.every(Duration.ofSeconds(1), AudioMessage.delta(AudioMessage.MAX_SIZE))),
        warmup,
        window);
  }

  /**
   * Four times this load, within what any peer can sustain, for that time and without a warm-up.
   */
  Load heavierFor(Duration time) {
    int more = Math.max(sessions, Math.min(4 * sessions, 400));
    return new Load(more, upward, downward, Duration.ZERO, time);
  }

  /** The messages per second of all sessions, both directions together. */
  double offeredPerSecond() {
    return sessions * (upward.perSecond() + downward.map(Flow::perSecond).orElse(0.0));
  }

  /** Throws IllegalArgumentException with {@code problem}, for the user, unless {@code holds}. */
  static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }
}
