package io.donna.gateway.admin;

import io.donna.gateway.config.AddressRange;
import io.donna.gateway.session.SessionSelector;
import java.net.Inet6Address;
import java.time.Instant;
import java.util.Optional;

/**
 * A user or a range of addresses that an operator keeps out for a time.
 *
 * @param by the operator
 */
record Block(String id, Target target, Instant since, Instant until, String reason, String by) {
  /** Who is kept out. */
  sealed interface Target {
    /** The sessions of whoever it is. */
    default SessionSelector selector() {
      return switch (this) {
        case OfUser(String user) -> new SessionSelector.OfUser(user);
        case OfRange(AddressRange range) -> new SessionSelector.FromRange(range);
      };
    }

    record OfUser(String user) implements Target {
      @Override
      public String toString() {
        return "user " + user;
      }
    }

    record OfRange(AddressRange range) implements Target {
      @Override
      public String toString() {
        return "address " + range;
      }
    }
  }

  /** The bits of an IPv6 network that a customer has at least (RFC 6177). */
  private static final int NETWORK_BITS = 64;

  /**
   * Parses a range. An IPv6 address without a length means its /64, as its owner could change it
   * with every connection.
   */
  static Optional<AddressRange> range(String text) {
    return AddressRange.parse(text)
        .map(range ->
            !text.contains("/") && range.base() instanceof Inet6Address
                ? new AddressRange(range.base(), NETWORK_BITS)
                : range);
  }
}
