package io.donna.gateway.admission;

/** The reason of a refusal. */
public sealed interface AdmissionRefusal {
  /** The proxy is disabled. */
  record Disabled() implements AdmissionRefusal {}

  /** An operator has blocked the address. */
  record AddressBlocked() implements AdmissionRefusal {}

  record OriginNotAllowed(String origin) implements AdmissionRefusal {}

  /** A gateway without authentication was requested by a host that is not its own. */
  record HostNotAllowed(String host) implements AdmissionRefusal {}

  /** Too many requests in the window. */
  record RateExceeded(RateLimitStatus rateLimit) implements AdmissionRefusal {}

  /** Too many concurrent connections of this address. */
  record TooManyConnections(int current, int allowed) implements AdmissionRefusal {}

  /** The whole gateway is full, short of memory or descriptors, or closing. */
  record Full() implements AdmissionRefusal {}
}
