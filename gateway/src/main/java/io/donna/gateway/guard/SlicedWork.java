package io.donna.gateway.guard;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Work on what has waited, done in bounded pieces: behind each, other sessions of the same event
 * loop have their turn. The rest is scheduled, not executed: an event loop runs tasks that tasks
 * leave behind in the same turn, and looks at its sockets only afterwards. Confined to the
 * session's event loop.
 */
final class SlicedWork {
  private static final int MOST_MESSAGES = 64;
  private static final int MOST_BYTES = 256 * 1024;

  /** A message may hold a thousand values, and each take its time. */
  private static final long MOST_NANOS = 500_000;

  private final EventLoop loop;

  /** Does one message's work; false where there is none to be done. */
  private final BooleanSupplier step;

  private int messages;
  private int bytes;
  private boolean running;
  private boolean scheduled;
  private boolean over;

  SlicedWork(EventLoop loop, BooleanSupplier step) {
    this.loop = loop;
    this.step = step;
  }

  /** There may be something to do. */
  void run() {
    if (running || scheduled || over) {
      return;
    }
    running = true;
    messages = 0;
    bytes = 0;
    long begun = loop.ticker().nanoTime();
    boolean more = true;
    while (more
        && messages < MOST_MESSAGES
        && bytes < MOST_BYTES
        && loop.ticker().nanoTime() - begun < MOST_NANOS) {
      messages++;
      more = step.getAsBoolean();
    }
    running = false;
    if (more && !over) {
      scheduled = true;
      loop.schedule(this::next, 0, TimeUnit.NANOSECONDS);
    }
  }

  private void next() {
    scheduled = false;
    run();
  }

  /** What the step that runs has worked on. */
  void count(int length) {
    bytes += length;
  }

  void end() {
    over = true;
  }
}
