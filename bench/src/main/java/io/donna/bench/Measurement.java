package io.donna.bench;

import java.time.Duration;

/** The result of one round for one peer. */
record Measurement(
    long messages,
    Duration time,
    Duration cpu,
    Duration medianLatency,
    Duration p99Latency,
    Duration p999Latency,
    long residentBytes) {
  Measurement {
    if (messages == 0) {
      throw new BenchmarkFailed(
          "no message arrived in the measured time: raise --seconds or --rate");
    }
  }

  double messagesPerSecond() {
    return messages * 1e9 / time.toNanos();
  }

  /** The fraction of one core that the peer used. */
  double busy() {
    return (double) cpu.toNanos() / time.toNanos();
  }

  double cpuMicrosPerMessage() {
    return cpu.toNanos() / 1e3 / messages;
  }
}
