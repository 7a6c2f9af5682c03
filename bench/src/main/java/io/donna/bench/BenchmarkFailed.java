package io.donna.bench;

/** Ends the run with a sentence for the person who started it. */
class BenchmarkFailed extends RuntimeException {
  BenchmarkFailed(String message) {
    super(message);
  }

  BenchmarkFailed(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
