package io.donna.gateway.websocket;

import org.jspecify.annotations.Nullable;

/**
 * The bytes that one connection, leg or relay holds, charged to {@link HeldBytes}. Confined to the
 * event loop of its owner.
 */
public final class BufferedBytesAccount {
  /** The owner of memory that can be released on request. */
  public interface Owner {
    /**
     * Called when memory is scarce: releases what is held. Called from any thread; must not block.
     */
    void letGo();
  }

  /** Bytes that are not counted: the cost of an idle connection. */
  private static final long FREE_BYTES = 4 * 1024;

  private final HeldBytes all;
  private final @Nullable Owner owner;
  private long bytes;

  /**
   * The account; the holding itself while that is unknown. Guarded by the lock of {@link
   * HeldBytes}.
   */
  Object account = this;

  /** Since when it has held enough to be told to let go. Guarded as {@link #account}. */
  long since;

  /** Its size class; 0 if it cannot be told to let go. Guarded as {@link #account}. */
  int size;

  /** Whether the owner has been told to let go and has not yet. Guarded as {@link #account}. */
  boolean leaving;

  /** For memory without an owner to tell: its time is limited elsewhere. */
  public BufferedBytesAccount(HeldBytes all) {
    this(all, null);
  }

  public BufferedBytesAccount(HeldBytes all, @Nullable Owner owner) {
    this.all = all;
    this.owner = owner;
  }

  /** As above, charged to {@code account} from the first byte. */
  public BufferedBytesAccount(HeldBytes all, String account, Owner owner) {
    this(all, owner);
    this.account = account;
  }

  /** Charges it to the account {@code name} from now on. */
  public void setAccount(String name) {
    all.setAccount(this, name);
  }

  /**
   * Sets the bytes held now.
   *
   * @return false if they exceed this holder's share and must be released
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
