package io.donna.gateway.relay;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that read and write trees too large for an event loop, in the order in which they
 * were asked: half as many as there are processors, so that event loops keep the other half, and
 * none while there is nothing to do. No queue of one session's is here: each direction of a session
 * has one tree at work at most. Safe from any thread.
 */
final class TreeThreads {
  private static final long IDLE_SECONDS = 10;

  private static final ThreadPoolExecutor THREADS = start();

  private TreeThreads() {}

  private static ThreadPoolExecutor start() {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work ->
                Thread.ofPlatform()
                    .daemon()
                    .name("donna-trees-" + number.incrementAndGet())
                    .unstarted(work));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  static void execute(Runnable work) {
    THREADS.execute(work);
  }
}
