package io.donna.gateway.admission;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection's place within the limits. Releasing it more than once has no effect. Until its
 * holder has authenticated, the place can be taken away for another client. Safe from any thread.
 */
public final class Lease {
  /** A lease without a place. */
  static final Lease NONE = new Lease(Lease::nothing, Lease::nothing);

  private static final Runnable EVICTED = Lease::nothing;

  private final Runnable confirm;
  private final Runnable giveBack;
  private final AtomicBoolean released = new AtomicBoolean();

  /** Ends the holder; {@link #EVICTED} if evicted before the callback was set. */
  private final AtomicReference<@Nullable Runnable> eviction = new AtomicReference<>();

  Lease(Runnable confirm, Runnable giveBack) {
    this.confirm = confirm;
    this.giveBack = giveBack;
  }

  private static void nothing() {}

  /** The holder has authenticated: the place can no longer be taken away. */
  public void confirm() {
    confirm.run();
  }

  /**
   * Calls {@code end} once if the place is taken away before it is {@link #confirm}ed: from any
   * thread, and at once if that has already happened.
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
