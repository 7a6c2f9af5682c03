package io.donna.bench;

import java.time.Duration;

/** A stream of messages of one kind at a fixed interval. */
record Flow(AudioMessage message, Duration interval) {
  static Flow every(Duration interval, AudioMessage message) {
    return new Flow(message, interval);
  }

  double perSecond() {
    return 1e9 / interval.toNanos();
  }
}
