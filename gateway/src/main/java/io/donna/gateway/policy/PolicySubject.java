package io.donna.gateway.policy;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.auth.User;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.Tier;
import java.util.Optional;

/** The user and tenant of a session, and the tier that applies to them. */
record PolicySubject(String user, Optional<String> tenant, Tier tier) {
  static final PolicyRefusal UNKNOWN_TIER =
      new PolicyRefusal("unknown_tier", "Unknown tier in the token.");

  static PolicyRefusal apiRefused(Api api) {
    return new PolicyRefusal(
        "api_not_allowed", "Your access token does not allow %s sessions.".formatted(api.key()));
  }

  /**
   * The subject for {@code user}; empty if the token names an unknown tier.
   *
   * @param policy empty if there is none, and only the token's grants apply
   * @param user empty if no authentication is configured
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

  /** Who spends what is counted by {@code per}; empty of a tenant that the user does not have. */
  Optional<String> payer(Budget.Per per) {
    return switch (per) {
      case SESSION -> Optional.empty();
      case USER -> Optional.of(user);
      case TENANT -> tenant;
      case TIER -> Optional.of(tier.name());
    };
  }
}
