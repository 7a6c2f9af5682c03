package io.donna.bench;

import java.time.Duration;

/** The message counts and the peer's CPU time at one moment. Taken on the event loop. */
record Reading(long nanoTime, long delivered, long cpuNanos) {
  static Reading take(Tally tally, ProcessTree peer) {
    tally.restartLatency();
    return new Reading(System.nanoTime(), tally.delivered(), peer.cpuNanos());
  }

  Measurement measureUntilNow(Tally tally, ProcessTree peer) {
    return new Measurement(
        tally.delivered() - delivered,
        Duration.ofNanos(System.nanoTime() - nanoTime),
        Duration.ofNanos(peer.cpuNanos() - cpuNanos),
        Duration.ofNanos(tally.latencyNanos(50)),
        Duration.ofNanos(tally.latencyNanos(99)),
        Duration.ofNanos(tally.latencyNanos(99.9)),
        peer.residentBytes());
  }
}
