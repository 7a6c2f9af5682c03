package io.donna.gateway.metering;

import java.util.Optional;

/**
 * Who pays for a session.
 *
 * @param user the token's user; {@code anonymous} if no authentication is configured
 * @param isAnonymous whether no authentication is configured. The name does not tell: a token may
 *     name its user anything
 */
public record Payer(
    String user, boolean isAnonymous, Optional<String> tenant, Optional<String> tier) {
  public static final Payer ANONYMOUS = anonymous(Optional.empty());

  /** A user with a token. */
  public Payer(String user, Optional<String> tenant, Optional<String> tier) {
    this(user, false, tenant, tier);
  }

  /** The payer of every session if no authentication is configured. */
  public static Payer anonymous(Optional<String> tier) {
    return new Payer("anonymous", true, Optional.empty(), tier);
  }
}
