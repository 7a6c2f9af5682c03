package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.Optional;

/** Who a budget can be for, beyond one session. */
public enum Scope {
  USER(Budget.Per.USER),
  TENANT(Budget.Per.TENANT),
  TIER(Budget.Per.TIER);

  private final Budget.Per per;

  Scope(Budget.Per per) {
    this.per = per;
  }

  Budget.Per per() {
    return per;
  }

  /** The one that {@code payer} is, if any. */
  Optional<String> of(Payer payer) {
    return switch (this) {
      case USER -> Optional.of(payer.user());
      case TENANT -> payer.tenant();
      case TIER -> payer.tier();
    };
  }
}
