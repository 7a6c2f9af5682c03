package io.donna.gateway.admission;

import io.donna.gateway.config.ConnectionLimits;
import io.donna.gateway.config.RateLimit;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * Limits that an operator has changed for a time; those that are empty are as the settings say.
 *
 * @param requests per address and window, of requests and WebSockets each
 * @param connectionsPerAddress concurrent WebSockets of an address
 * @param connections concurrent WebSockets of the gateway
 */
public record LimitOverride(
    OptionalInt requests,
    OptionalInt connectionsPerAddress,
    OptionalInt connections,
    Instant until) {
  RateLimit of(RateLimit usual) {
    return requests.isEmpty()
        ? usual
        : new RateLimit(requests.getAsInt(), usual.window(), usual.openings());
  }

  ConnectionLimits of(ConnectionLimits usual) {
    return new ConnectionLimits(
        connectionsPerAddress.orElse(usual.perAddress()), connections.orElse(usual.total()));
  }
}
