package io.donna.gateway.admission;

import java.util.Optional;

/** The decision about a request or a connection. */
public sealed interface Admission {
  /** Admitted; {@code rateLimit} is the state of the address's rate limit. */
  record Granted(ClientAddress address, Optional<RateLimitStatus> rateLimit, Lease lease)
      implements Admission {}

  /** Refused. */
  record Refused(ClientAddress address, Refusal why) implements Admission {}
}
