package io.donna.bench;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Releases the run's resources in reverse order, whether the run completes, fails or is interrupted
 * by Ctrl-C. Thread-safe.
 */
final class Cleanup {
  private final Deque<Runnable> tasks = new ConcurrentLinkedDeque<>();

  private Cleanup() {}

  /** Runs when the JVM shuts down. */
  static Cleanup atExit() {
    Cleanup cleanup = new Cleanup();
    Thread hook = new Thread(() -> cleanup.tasks.forEach(Runnable::run), "cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    return cleanup;
  }

  void add(Runnable task) {
    tasks.push(task);
  }
}
