package io.donna.gateway.websocket;

import org.jspecify.annotations.Nullable;

/**
 * What one connection, leg or relay holds of the {@link HeldBytes}. Confined to the event loop of
 * its owner.
 */
public final class Holding {
  /** Whose memory it is, where it may be asked for while memory is scarce. */
  public interface Owner {
    /** Memory is scarce: let go of what is held. Called from any thread; must not block. */
    void letGo();
  }

  /** So little is not counted: what a connection costs that waits for nothing. */
  private static final long FREE_BYTES = 4 * 1024;

  private final HeldBytes all;
  private final @Nullable Owner owner;
  private long bytes;

  /** Kept by the {@link HeldBytes}, under its lock: whose it is; its own where that is unknown. */
  Object account = this;

  /** As {@link #account}: since when it has held so much that it may be told to let go. */
  long since;

  /** As {@link #account}: the class that it is in; 0 where it cannot be told to let go. */
  int size;

  /** As {@link #account}: whether the owner has been told to let go, and has not yet. */
  boolean leaving;

  /** For what somebody else bounds in time. */
  public Holding(HeldBytes all) {
    this(all, null);
  }

  public Holding(HeldBytes all, @Nullable Owner owner) {
    this.all = all;
    this.owner = owner;
  }

  /** As above, put down to {@code account} from the first byte on. */
  public Holding(HeldBytes all, String account, Owner owner) {
    this(all, owner);
    this.account = account;
  }

  /** From now on it counts as that of {@code name}, together with all others of that name. */
  public void setAccount(String name) {
    all.setAccount(this, name);
  }

  /**
   * Sets what is held now.
   *
   * @return whether it may be; where it may not, its owner has to let go of it
   */
  public boolean set(long held) {
    long counted = held > FREE_BYTES ? held : 0;
    if (counted == bytes) {
      return true;
    }
    long before = bytes;
    bytes = counted;
    if (owner != null) {
      int now = HeldBytes.sizeOf(counted);
      if (now != HeldBytes.sizeOf(before)) {
        all.move(this, now);
      }
    }
    return all.change(before, counted);
  }

  void tellOwner() {
    if (owner != null) {
      owner.letGo();
    }
  }
}
