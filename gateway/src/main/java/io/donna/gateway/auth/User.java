package io.donna.gateway.auth;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who a valid token speaks for.
 *
 * @param id the token's {@code sub}, else its {@code userId} claim, else {@code unknown}
 * @param expiry when the token stops counting; empty where it has no {@code exp}
 * @param issuedAt the token's {@code iat}
 * @param tokenIds the {@code jti} of each token that this rests on: revoking one ends it
 * @param grants what the token says that its user may do
 */
public record User(
    String id,
    Optional<Instant> expiry,
    Optional<Instant> issuedAt,
    Set<String> tokenIds,
    Grants grants) {
  /** A user of whom no more is known. */
  public User(String id, Optional<Instant> expiry) {
    this(id, expiry, Optional.empty(), Set.of(), Grants.NONE);
  }
}
