package io.donna.gateway.metering;

import java.util.Optional;

/** Who a budget can be for, beyond one session. */
public enum Scope {
  USER,
  TENANT,
  TIER;

  /** The one that {@code payer} is, if any. */
  Optional<String> of(Payer payer) {
    return switch (this) {
      case USER -> Optional.of(payer.user());
      case TENANT -> payer.tenant();
      case TIER -> payer.tier();
    };
  }
}
