package io.donna.bench;

/**
 * The load exceeds the capacity of a peer or of this generator. Some scenarios treat this as a
 * result.
 */
final class NotKeptUp extends BenchmarkFailed {
  NotKeptUp(String message) {
    super(message);
  }
}
