package io.donna.gateway.metering;

import java.util.Optional;

/**
 * On whose account a session runs.
 *
 * @param user the token's user; {@code anonymous} where no authentication is configured
 * @param isAnonymous whether it is: a token may name its user as it likes
 */
public record Payer(
    String user, boolean isAnonymous, Optional<String> tenant, Optional<String> tier) {
  public static final Payer ANONYMOUS = anonymous(Optional.empty());

  /** A user who has shown a token. */
  public Payer(String user, Optional<String> tenant, Optional<String> tier) {
    this(user, false, tenant, tier);
  }

  /** Anybody, where no authentication is configured. */
  public static Payer anonymous(Optional<String> tier) {
    return new Payer("anonymous", true, Optional.empty(), tier);
  }
}
