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
 * A few platform threads for work that costs processor time. Those who give them work take turns:
 * however much one of them has waiting, the next one waits for one piece of it. None of the threads
 * is there while there is nothing to do. Safe from any thread.
 */
public final class FairThreads implements AutoCloseable {
  private static final long IDLE_SECONDS = 60;

  private final Executor threads;
  private final Runnable stop;

  /** What waits, of each account that waits, the one whose turn is next first. */
  private final SequencedMap<String, Queue<Runnable>> waiting = new LinkedHashMap<>();

  /**
   * Threads of its own.
   *
   * @param name what the threads' names begin with
   * @param most of them
   */
  public FairThreads(String name, int most) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // of turns, all alike: what is done in one is decided then
            Thread.ofPlatform().daemon().name(name + "-", 1).factory());
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
    this.stop = pool::shutdownNow;
  }

  /** On threads of somebody else's, which stay when this is closed. */
  FairThreads(Executor threads) {
    this.threads = threads;
    this.stop = () -> {};
  }

  /**
   * The share of one who gives work, which is done in the order in which it was given. Costs
   * nothing while nothing waits. Throws {@link java.util.concurrent.RejectedExecutionException} for
   * work that is given after the end.
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
        return null; // forgotten, as this has been closed
      }
      Runnable work = first.getValue().remove();
      if (!first.getValue().isEmpty()) {
        waiting.put(first.getKey(), first.getValue());
      }
      return work;
    }
  }

  /** Interrupts what is under way and forgets what waits. */
  @Override
  public void close() {
    stop.run();
    synchronized (waiting) {
      waiting.clear();
    }
  }
}
