package io.donna.gateway.auth;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The current revocations, from any source. Safe from any thread; never blocks. */
public final class Revocations {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile RevocationList list = RevocationList.EMPTY;

  /** Whether {@code user} or its token is revoked. */
  public boolean cover(User user) {
    return list.covers(user);
  }

  /** Runs {@code listener}, which must not block, after every change. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Adds revocations to the existing ones. */
  void add(RevocationList more) {
    replace(list.with(more));
  }

  void replace(RevocationList now) {
    if (!now.equals(list)) {
      list = now;
      listeners.forEach(Runnable::run);
    }
  }
}
