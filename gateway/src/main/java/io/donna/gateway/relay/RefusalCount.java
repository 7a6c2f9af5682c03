package io.donna.gateway.relay;

import io.donna.gateway.websocket.CloseReason;
import java.util.concurrent.TimeUnit;

/** Counts a client's recent refusals. Confined to its event loop. */
public final class RefusalCount {
  /** The code of the error that precedes {@link #CLOSE}. */
  public static final String CODE = "too_many_refusals";

  public static final String MESSAGE = "Too many messages were refused; the session ends.";
  public static final CloseReason CLOSE =
      new CloseReason(CloseReason.POLICY, "Too many refused messages");

  /** Refusals in a window; an honest client causes a few, not hundreds. */
  private static final int MAX = 50;

  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private long windowBegan = System.nanoTime();
  private int inWindow;

  /** Counts a refusal. Returns whether there are too many. */
  public boolean areTooMany() {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      inWindow = 0;
    }
    return ++inWindow > MAX;
  }
}
