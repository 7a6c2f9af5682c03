package io.donna.gateway.admission;

import java.util.concurrent.atomic.AtomicBoolean;

/** A connection's place within the limits. Given back once, however often it is released. */
public final class Lease {
  /** A lease on nothing. */
  static final Lease NONE = new Lease(() -> {});

  private final Runnable giveBack;
  private final AtomicBoolean released = new AtomicBoolean();

  Lease(Runnable giveBack) {
    this.giveBack = giveBack;
  }

  public void release() {
    if (released.compareAndSet(false, true)) {
      giveBack.run();
    }
  }
}
