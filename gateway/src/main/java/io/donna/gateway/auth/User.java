package io.donna.gateway.auth;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * The user that a valid token identifies.
 *
 * @param id the token's {@code sub}, else its {@code userId} claim, else {@code unknown}
 * @param expiry when the token expires; empty if it has no {@code exp}
 * @param issuedAt the token's {@code iat}
 * @param tokenIds the {@code jti} of each underlying token; revoking one of them revokes this
 * @param grants the permissions that the token states
 */
public record User(
    String id,
    Optional<Instant> expiry,
    Optional<Instant> issuedAt,
    Set<String> tokenIds,
    Grants grants) {
  /** A user without further claims. */
  public User(String id, Optional<Instant> expiry) {
    this(id, expiry, Optional.empty(), Set.of(), Grants.NONE);
  }
}
