package io.donna.bench;

import java.time.Duration;

/** Messages of one kind, one after the other, the same time apart. */
record Flow(AudioMessage message, Duration interval) {
  static Flow every(Duration interval, AudioMessage message) {
    return new Flow(message, interval);
  }

  double perSecond() {
    return 1e9 / interval.toNanos();
  }
}
