package io.donna.bench;

/**
 * The load is more than a peer, or this generator, can do: itself a finding, where it is sought.
 */
final class NotKeptUp extends BenchmarkFailed {
  NotKeptUp(String message) {
    super(message);
  }
}
