package io.donna.gateway.guard;

import io.netty.channel.EventLoop;
import java.util.function.BooleanSupplier;

/**
 * Work on what has waited, done in bounded pieces: behind each, other sessions of the same event
 * loop have their turn. Confined to the session's event loop.
 */
final class Slices {
  private static final int MOST_MESSAGES = 64;
  private static final int MOST_BYTES = 256 * 1024;

  private final EventLoop loop;

  /** Does one message's work; false where there is none to be done. */
  private final BooleanSupplier step;

  private int messages;
  private int bytes;
  private boolean running;
  private boolean scheduled;
  private boolean over;

  Slices(EventLoop loop, BooleanSupplier step) {
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
    boolean more = true;
    while (more && messages < MOST_MESSAGES && bytes < MOST_BYTES) {
      messages++;
      more = step.getAsBoolean();
    }
    running = false;
    if (more && !over) {
      scheduled = true;
      loop.execute(this::next);
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
