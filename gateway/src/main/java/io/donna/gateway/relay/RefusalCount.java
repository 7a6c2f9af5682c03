package io.donna.gateway.relay;

import io.donna.gateway.websocket.CloseReason;
import java.util.concurrent.TimeUnit;

/** How often a client has been refused of late. Confined to its event loop. */
public final class RefusalCount {
  /** The code of the error that precedes {@link #CLOSE}. */
  public static final String CODE = "too_many_refusals";

  public static final String MESSAGE = "Too many messages were refused; the session ends.";
  public static final CloseReason CLOSE =
      new CloseReason(CloseReason.POLICY, "Too many refused messages");

  /** An honest client that asks for what it may not have asks a few times, not hundreds. */
  private static final int MOST = 50;

  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private long windowBegan = System.nanoTime();
  private int inWindow;

  /** Counts one more. */
  public boolean areTooMany() {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      inWindow = 0;
    }
    return ++inWindow > MOST;
  }
}
