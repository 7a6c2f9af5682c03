package io.donna.bench;

import java.time.Duration;
import java.util.Optional;

/**
 * What a round puts on a peer. Messages leave by the clock and never wait for a reply, so a slow
 * peer gets the same load as a fast one.
 *
 * @param upward what each client sends
 * @param downward what each client is sent, if anything
 */
record Load(int sessions, Flow upward, Optional<Flow> downward, Duration warmup, Duration window) {
  static final int MOST_SESSIONS = 9_500;

  Load {
    check(sessions >= 1 && sessions <= MOST_SESSIONS, "--sessions takes 1 to " + MOST_SESSIONS);
    check(!warmup.isNegative() && warmup.toSeconds() <= 600, "--warmup takes 0 to 600 seconds");
    check(window.isPositive() && window.toSeconds() <= 600, "--seconds takes 1 to 600");
  }

  /** A voice: 6.4 kB ten times a second up, and 16.2 kB, a quarter of a second of sound, down. */
  static Load voice(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofMillis(100), AudioMessage.append(6_400)),
        Optional.of(Flow.every(Duration.ofMillis(250), AudioMessage.delta(16_200))),
        warmup,
        window);
  }

  /** Events without sound, twenty a second each way. */
  static Load small(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofMillis(50), AudioMessage.append(200)),
        Optional.of(Flow.every(Duration.ofMillis(50), AudioMessage.delta(300))),
        warmup,
        window);
  }

  /** A megabyte, as an image or a recording sent at once, one a second each way. */
  static Load large(int sessions, Duration warmup, Duration window) {
    return new Load(
        sessions,
        Flow.every(Duration.ofSeconds(1), AudioMessage.append(AudioMessage.MAX_SIZE)),
        Optional.of(Flow.every(Duration.ofSeconds(1), AudioMessage.delta(AudioMessage.MAX_SIZE))),
        warmup,
        window);
  }

  /** This load four times over, as far as any peer bears it, for so long and without a warm-up. */
  Load heavierFor(Duration time) {
    int more = Math.max(sessions, Math.min(4 * sessions, 400));
    return new Load(more, upward, downward, Duration.ZERO, time);
  }

  /** Both ways together. */
  double offeredPerSecond() {
    return sessions * (upward.perSecond() + downward.map(Flow::perSecond).orElse(0.0));
  }

  /** Throws IllegalArgumentException, for a person to read, where {@code holds} is false. */
  static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }
}
