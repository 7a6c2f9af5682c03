package io.donna.gateway.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * Who a valid token speaks for.
 *
 * @param id the token's {@code sub}, else its {@code userId} claim, else {@code unknown}
 * @param expiry when the token stops counting; empty where it has no {@code exp}
 */
public record User(String id, Optional<Instant> expiry) {}
