package io.donna.gateway.admission;

import java.util.Optional;

/** The decision about a request or a connection. */
public sealed interface AdmissionDecision {
  /** Admitted; {@code rateLimit} is the state of the address's rate limit. */
  record Granted(ClientAddress address, Optional<RateLimitStatus> rateLimit, Lease lease)
      implements AdmissionDecision {}

  /** Refused. */
  record Refused(ClientAddress address, AdmissionRefusal why) implements AdmissionDecision {}
}
