package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.Optional;

/** The kinds of owner a budget can have, beyond one session. */
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

  /** The name of {@code payer} in this scope, if it has one. */
  Optional<String> of(Payer payer) {
    return switch (this) {
      case USER -> Optional.of(payer.user());
      case TENANT -> payer.tenant();
      case TIER -> payer.tier();
    };
  }
}
