package io.donna.bench;

/** Aborts the run with a message for the user. */
class BenchmarkFailed extends RuntimeException {
  BenchmarkFailed(String message) {
    super(message);
  }

  BenchmarkFailed(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
