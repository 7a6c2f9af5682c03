package io.donna.gateway.policy;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.auth.User;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.Tier;
import java.util.Optional;

/** Who a session's rules are for, and which they are. */
record Client(String user, Optional<String> tenant, Tier tier) {
  static final Refusal UNKNOWN_TIER =
      new Refusal("unknown_tier", "Your token names a tier that there is not.");

  /**
   * Whom {@code policy} takes {@code user} for; empty where the token names a tier that there is
   * not.
   *
   * @param user empty where no authentication is configured
   */
  static Optional<Client> of(Policy policy, Optional<User> user) {
    Grants grants = user.map(User::grants).orElse(Grants.NONE);
    Tier tier = policy.tiers().get(grants.tier().orElse(policy.defaultTier()));
    return Optional.ofNullable(tier)
        .map(known ->
            new Client(
                user.map(User::id).orElse("anonymous"),
                grants.tenant(),
                Narrowing.of(known, grants)));
  }
}
