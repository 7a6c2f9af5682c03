package io.donna.gateway.session;

import io.donna.gateway.config.AddressRange;

/** Which live sessions an operator means. */
public sealed interface SessionSelector {
  record All() implements SessionSelector {}

  /** The session with this id, which the log has, too. */
  record WithId(String id) implements SessionSelector {}

  record OfUser(String id) implements SessionSelector {}

  record OfTenant(String tenant) implements SessionSelector {}

  record OfTier(String tier) implements SessionSelector {}

  record FromRange(AddressRange range) implements SessionSelector {}
}
