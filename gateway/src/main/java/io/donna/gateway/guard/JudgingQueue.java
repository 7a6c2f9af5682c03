package io.donna.gateway.guard;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One session's queue for the threads that judge. It runs one slice at a time, and after each slice
 * waits behind the user's other sessions. Safe from any thread.
 */
final class JudgingQueue implements Runnable {
  /** A judgement that takes processor time. */
  interface Work {
    /**
     * Continues for some milliseconds, or until the thread is interrupted.
     *
     * @return whether it is finished
     */
    boolean runSlice();
  }

  private final Executor threads;
  private final Deque<Work> waiting = new ArrayDeque<>();
  private @Nullable Work running;
  private @Nullable Thread thread;
  private boolean cancelled;
  private boolean scheduled;

  JudgingQueue(Executor threads) {
    this.threads = threads;
  }

  synchronized void add(Work work) {
    waiting.add(work);
    if (!scheduled) {
      schedule();
    }
  }

  /** Cancels work whose outcome is no longer awaited, and interrupts it if it runs. */
  synchronized void cancel(Work work) {
    if (!work.equals(running)) {
      waiting.remove(work);
    } else if (thread != null) {
      cancelled = true;
      thread.interrupt();
    }
  }

  private void schedule() {
    try {
      threads.execute(this);
      scheduled = true;
    } catch (RejectedExecutionException stopped) {
      waiting.clear(); // the gateway shuts down, and the session with it
    }
  }

  @Override
  public void run() {
    Work work = begin();
    boolean finished = true;
    try {
      finished = work == null || work.runSlice();
    } finally {
      end(finished ? null : work);
    }
  }

  private synchronized @Nullable Work begin() {
    running = waiting.poll();
    thread = Thread.currentThread();
    cancelled = false;
    return running;
  }

  private synchronized void end(@Nullable Work unfinished) {
    running = null;
    thread = null;
    Thread.interrupted(); // the interrupt was meant for this work, not for the next
    if (unfinished != null && !cancelled) {
      waiting.addFirst(unfinished);
    }
    scheduled = false;
    if (!waiting.isEmpty()) {
      schedule();
    }
  }
}
