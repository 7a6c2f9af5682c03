package io.donna.gateway.websocket;

/**
 * What one leg or relay holds of the {@link HeldBytes}. Confined to the event loop of its owner.
 */
public final class Holding {
  /** So little is not counted: no message of an everyday session costs an atomic operation. */
  private static final long FREE_BYTES = 64 * 1024;

  private final HeldBytes all;
  private long bytes;

  public Holding(HeldBytes all) {
    this.all = all;
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
    return all.change(before, counted);
  }
}
