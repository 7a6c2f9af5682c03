package io.donna.bench;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Aborts the run on the first failure on an event loop: figures from a run that lost a message are
 * invalid. It can be raised on any thread and is thrown on the waiting one.
 */
final class Alarm {
  private static final Duration POLL = Duration.ofMillis(20);

  private final CompletableFuture<Void> raised = new CompletableFuture<>();

  void raise(String what) {
    raise(new BenchmarkFailed(what));
  }

  void raise(BenchmarkFailed why) {
    raised.completeExceptionally(why);
  }

  /** Sleeps for {@code time}; throws {@link BenchmarkFailed} as soon as the alarm is raised. */
  void sleep(Duration time) {
    listen(raised, time);
  }

  /** Waits for {@code condition}, which must hold within {@code limit}. */
  void await(BooleanSupplier condition, Duration limit, String problem) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new BenchmarkFailed(problem);
      }
      sleep(POLL);
    }
  }

  /** Waits for a result from an event loop. */
  <T> T await(CompletableFuture<T> answer, Duration limit, String problem) {
    CompletableFuture<Object> either = CompletableFuture.anyOf(raised, answer);
    listen(either, limit);
    if (!answer.isDone()) {
      throw new BenchmarkFailed(problem);
    }
    return answer.join();
  }

  private static void listen(CompletableFuture<?> future, Duration time) {
    try {
      future.get(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException quiet) {
      return;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof BenchmarkFailed failed
          ? failed
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new BenchmarkFailed("interrupted", e);
    }
  }
}
