package io.donna.gateway.admission;

import io.donna.gateway.config.AddressRange;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** The addresses that operators keep out for a time. Safe from any thread; never blocks. */
public final class AddressBlocks {
  /** A range that is kept out until {@code until}. */
  public record Block(AddressRange range, Instant until) {}

  /** So many are looked through in some 10 us, for each connection and request. */
  public static final int MOST = 1_000;

  private final Clock clock;
  private volatile List<Block> blocks = List.of();

  AddressBlocks(Clock clock) {
    this.clock = clock;
  }

  public void replace(List<Block> now) {
    blocks = List.copyOf(now);
  }

  boolean cover(InetAddress address) {
    List<Block> now = blocks;
    if (now.isEmpty()) {
      return false;
    }
    Instant time = clock.instant();
    for (Block block : now) {
      if (block.range.contains(address) && block.until.isAfter(time)) {
        return true;
      }
    }
    return false;
  }
}
