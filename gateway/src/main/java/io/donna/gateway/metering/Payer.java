package io.donna.gateway.metering;

import java.util.Optional;

/**
 * On whose account a session runs.
 *
 * @param user the token's user, or {@link #ANONYMOUS} where no authentication is configured
 */
public record Payer(String user, Optional<String> tenant, Optional<String> tier) {
  public static final Payer ANONYMOUS = new Payer("anonymous", Optional.empty(), Optional.empty());
}
