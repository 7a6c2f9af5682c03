package io.donna.gateway.auth;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
    Map<Limit, BigDecimal> limits) {
  public static final Grants NONE =
      new Grants(Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
}
