package io.donna.gateway.admission;

/** The reason of a refusal. */
public sealed interface Refusal {
  /** The proxy is disabled. */
  record Disabled() implements Refusal {}

  /** An operator has blocked the address. */
  record AddressBlocked() implements Refusal {}

  record OriginNotAllowed(String origin) implements Refusal {}

  /** A gateway without authentication was requested by a host that is not its own. */
  record HostNotAllowed(String host) implements Refusal {}

  /** Too many requests in the window. */
  record RateExceeded(RateLimitStatus rateLimit) implements Refusal {}

  /** Too many concurrent connections of this address. */
  record TooManyConnections(int current, int allowed) implements Refusal {}

  /** The whole gateway is full, short of memory or descriptors, or closing. */
  record Full() implements Refusal {}
}
