package io.donna.gateway.cli.talk;

import java.time.Duration;

/** The sound of the protocol: signed 16 bit little endian, 24 000 times a second, one channel. */
final class Pcm {
  static final int RATE = 24_000;
  static final int SAMPLE_BYTES = 2;
  static final int BYTES_PER_SECOND = RATE * SAMPLE_BYTES;

  private Pcm() {}

  static Duration duration(long bytes) {
    return Duration.ofNanos(bytes * 1_000_000_000L / BYTES_PER_SECOND);
  }
}
