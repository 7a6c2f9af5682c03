package io.donna.gateway.sharing;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A small pool of platform threads for processor-bound work, scheduled round-robin by account:
 * however many tasks one account has queued, another waits for one of them only. Idle threads end.
 * Safe from any thread.
 */
public final class FairThreads implements AutoCloseable {
  private static final long IDLE_SECONDS = 60;

  private final Executor threads;
  private final Runnable stop;

  /** The queued tasks by account, in the order of turns. */
  private final SequencedMap<String, Queue<Runnable>> waiting = new LinkedHashMap<>();

  /**
   * Creates its own threads.
   *
   * @param name the prefix of the threads' names
   * @param most the most threads
   */
  public FairThreads(String name, int most) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // of identical turns: each picks its task when it runs
            Thread.ofPlatform().daemon().name(name + "-", 1).factory());
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
    this.stop = pool::shutdownNow;
  }

  /** Uses other threads, which closing this does not stop. */
  FairThreads(Executor threads) {
    this.threads = threads;
    this.stop = () -> {};
  }

  /**
   * The executor of one account, which runs its tasks in order. Takes no memory while nothing is
   * queued. Throws {@link java.util.concurrent.RejectedExecutionException} for tasks submitted
   * after {@link #close}.
   */
  public Executor shareOf(String account) {
    return work -> give(account, work);
  }

  private void give(String account, Runnable work) {
    synchronized (waiting) {
      waiting.computeIfAbsent(account, whose -> new ArrayDeque<>(4)).add(work);
    }
    threads.execute(this::takeTurn);
  }

  private void takeTurn() {
    Runnable work = next();
    if (work != null) {
      work.run();
    }
  }

  private @Nullable Runnable next() {
    synchronized (waiting) {
      Map.Entry<String, Queue<Runnable>> first = waiting.pollFirstEntry();
      if (first == null) {
        return null; // the queue was cleared by close
      }
      Runnable work = first.getValue().remove();
      if (!first.getValue().isEmpty()) {
        waiting.put(first.getKey(), first.getValue());
      }
      return work;
    }
  }

  /** Interrupts running tasks and discards queued ones. */
  @Override
  public void close() {
    stop.run();
    synchronized (waiting) {
      waiting.clear();
    }
  }
}
