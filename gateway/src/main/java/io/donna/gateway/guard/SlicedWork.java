package io.donna.gateway.guard;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Processes queued messages in bounded slices, so that other sessions of the same event loop get
 * their turn in between. The rest is scheduled, not executed: an event loop runs tasks that tasks
 * add in the same iteration, before it looks at its sockets. Confined to the session's event loop.
 */
final class SlicedWork {
  private static final int MAX_MESSAGES = 64;
  private static final int MAX_BYTES = 256 * 1024;

  /** A message may hold a thousand values, each of which takes time. */
  private static final long MAX_NANOS = 500_000;

  private final EventLoop loop;

  /** Processes one message; false if there is none that can be. */
  private final BooleanSupplier step;

  private int messages;
  private int bytes;
  private boolean running;
  private boolean scheduled;
  private boolean ended;

  SlicedWork(EventLoop loop, BooleanSupplier step) {
    this.loop = loop;
    this.step = step;
  }

  /** Processes what there is, up to a slice now and the rest later. */
  void run() {
    if (running || scheduled || ended) {
      return;
    }
    running = true;
    messages = 0;
    bytes = 0;
    long begun = loop.ticker().nanoTime();
    boolean more = true;
    while (more
        && messages < MAX_MESSAGES
        && bytes < MAX_BYTES
        && loop.ticker().nanoTime() - begun < MAX_NANOS) {
      messages++;
      more = step.getAsBoolean();
    }
    running = false;
    if (more && !ended) {
      scheduled = true;
      loop.schedule(this::next, 0, TimeUnit.NANOSECONDS);
    }
  }

  private void next() {
    scheduled = false;
    run();
  }

  /** Adds {@code length} bytes to the slice; called by the running step. */
  void count(int length) {
    bytes += length;
  }

  void end() {
    ended = true;
  }
}
