package io.donna.bench;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Undoes what a run has started, last things first, however the run ends: by its last line, a
 * failure or Ctrl-C. Safe from any thread.
 */
final class Cleanup {
  private final Deque<Runnable> tasks = new ConcurrentLinkedDeque<>();

  private Cleanup() {}

  /** Works when the JVM shuts down. */
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
