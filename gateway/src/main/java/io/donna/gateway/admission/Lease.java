package io.donna.gateway.admission;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection's place within the limits. Given back once, however often it is released. As long as
 * its holder has not authenticated, the place may be needed for somebody else. Safe from any
 * thread.
 */
public final class Lease {
  /** A lease on nothing. */
  static final Lease NONE = new Lease(Lease::nothing, Lease::nothing);

  private static final Runnable EVICTED = Lease::nothing;

  private final Runnable confirm;
  private final Runnable giveBack;
  private final AtomicBoolean released = new AtomicBoolean();

  /** Ends the holder; {@link #EVICTED} where it is to end as soon as it is known how. */
  private final AtomicReference<@Nullable Runnable> eviction = new AtomicReference<>();

  Lease(Runnable confirm, Runnable giveBack) {
    this.confirm = confirm;
    this.giveBack = giveBack;
  }

  private static void nothing() {}

  /** The holder has authenticated: the place is its own. */
  public void confirm() {
    confirm.run();
  }

  /**
   * Has {@code end} called, once, where the place is needed for somebody else before it is {@link
   * #confirm}ed; from any thread, and at once where that has happened already.
   */
  public void whenEvicted(Runnable end) {
    if (!eviction.compareAndSet(null, end)) {
      end.run();
    }
  }

  /** Gives the place back and ends the holder. */
  void evict() {
    release();
    Runnable end = eviction.getAndSet(EVICTED);
    if (end != null) {
      end.run();
    }
  }

  public void release() {
    if (released.compareAndSet(false, true)) {
      giveBack.run();
    }
  }
}
