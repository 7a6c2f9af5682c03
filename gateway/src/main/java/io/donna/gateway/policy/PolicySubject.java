package io.donna.gateway.policy;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.auth.User;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.Tier;
import java.util.Optional;

/** Who a session's rules are for, and which they are. */
record PolicySubject(String user, Optional<String> tenant, Tier tier) {
  static final Refusal UNKNOWN_TIER = new Refusal("unknown_tier", "Unknown tier in the token.");

  /**
   * Whom {@code policy} takes {@code user} for; empty where the token names a tier that there is
   * not.
   *
   * @param policy empty where there is none, and a token's own word is all that holds its user
   * @param user empty where no authentication is configured
   */
  static Optional<PolicySubject> of(Optional<Policy> policy, Optional<User> user) {
    Grants grants = user.map(User::grants).orElse(Grants.NONE);
    Optional<Tier> tier =
        policy.isPresent() ? tier(policy.get(), grants) : Optional.of(Tier.UNHELD);
    return tier.map(known ->
        new PolicySubject(
            user.map(User::id).orElse("anonymous"),
            grants.tenant(),
            TierNarrowing.of(known, grants)));
  }

  private static Optional<Tier> tier(Policy policy, Grants grants) {
    return Optional.ofNullable(policy.tiers().get(grants.tier().orElse(policy.defaultTier())));
  }
}
