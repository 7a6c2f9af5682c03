package io.donna.gateway.auth;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a token says that its user may do, and no more than it says: what it is silent on, the
 * policy decides.
 *
 * @param tier the policy's tier
 * @param tenant on whose account
 * @param models those allowed; empty where the token is silent, an empty set where it allows none
 * @param limits those that the token sets; they narrow the policy's, never widen them
 */
public record Grants(
    Optional<String> tier,
    Optional<String> tenant,
    Optional<Set<String>> models,
    Map<TokenLimit, BigDecimal> limits) {
  public static final Grants NONE =
      new Grants(Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

  /** Whether both are of one tier and on one account, or say nothing of it. */
  public boolean isOfSameAccount(Grants other) {
    return tier.equals(other.tier) && tenant.equals(other.tenant);
  }

  /** What both grant: models that both have, of each limit the smaller; tier and tenant stay. */
  public Grants and(Grants other) {
    Map<TokenLimit, BigDecimal> smaller = new EnumMap<>(TokenLimit.class);
    smaller.putAll(limits);
    other.limits.forEach((limit, value) -> smaller.merge(limit, value, BigDecimal::min));
    return new Grants(tier, tenant, both(models, other.models), Map.copyOf(smaller));
  }

  private static Optional<Set<String>> both(
      Optional<Set<String>> one, Optional<Set<String>> other) {
    return one.isEmpty()
        ? other
        : Optional.of(
            other
                .map(
                    these -> one.get().stream().filter(these::contains).collect(Collectors.toSet()))
                .orElse(one.get()));
  }
}
