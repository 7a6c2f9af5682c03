package io.donna.gateway.auth;

import io.donna.gateway.config.ModelAliases;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The permissions that a token states for its user; the policy decides everything else.
 *
 * @param tier the tier of the policy
 * @param tenant the tenant that is charged
 * @param models the allowed models; empty if the token does not say, an empty set if it allows none
 * @param limits the limits of the token, which can only reduce the policy's
 */
public record Grants(
    Optional<String> tier,
    Optional<String> tenant,
    Optional<Set<String>> models,
    Map<TokenLimit, BigDecimal> limits) {
  public static final Grants NONE =
      new Grants(Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

  /** The same with the models that the names in the token mean. */
  Grants resolve(ModelAliases aliases) {
    return new Grants(tier, tenant, models.map(aliases::resolve), limits);
  }

  /** Whether both have the same tier and tenant, or neither. */
  public boolean isOfSameAccount(Grants other) {
    return tier.equals(other.tier) && tenant.equals(other.tenant);
  }

  /** The intersection: common models and the smaller of each limit; keeps this tier and tenant. */
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
