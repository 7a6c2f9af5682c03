package io.donna.gateway.cli.talk;

import java.time.Duration;

/** The audio format of the protocol: signed 16 bit little-endian PCM, 24 kHz, mono. */
final class Pcm {
  static final int RATE = 24_000;
  static final int SAMPLE_BYTES = 2;
  static final int BYTES_PER_SECOND = RATE * SAMPLE_BYTES;

  private Pcm() {}

  static Duration duration(long bytes) {
    return Duration.ofNanos(bytes * 1_000_000_000L / BYTES_PER_SECOND);
  }
}
