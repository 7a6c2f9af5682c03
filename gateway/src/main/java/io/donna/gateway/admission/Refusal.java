package io.donna.gateway.admission;

/** Why someone stays out. */
public sealed interface Refusal {
  /** The proxy is switched off. */
  record Disabled() implements Refusal {}

  record OriginNotAllowed(String origin) implements Refusal {}

  /** A gateway that anyone may use, asked for by a name that is not its own. */
  record HostNotAllowed(String host) implements Refusal {}

  /** Too many requests in the window. */
  record RateExceeded(RateLimitStatus quota) implements Refusal {}

  /** Too many connections of this address at once. */
  record TooManyConnections(int current, int allowed) implements Refusal {}

  /** The whole gateway is full, short of memory or descriptors, or closing. */
  record Full() implements Refusal {}
}
