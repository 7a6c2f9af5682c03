package io.donna.gateway.admission;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The decision about a request or a connection. */
public sealed interface AdmissionDecision {
  /** A decision that has been made. */
  sealed interface Decided extends AdmissionDecision {}

  /** Admitted; {@code rateLimit} is the state of the address's rate limit. */
  record Granted(ClientAddress address, Optional<RateLimitStatus> rateLimit, Lease lease)
      implements Decided {
    Granted withRateLimit(RateLimitStatus now) {
      return new Granted(address, Optional.of(now), lease);
    }
  }

  /** Refused. */
  record Refused(ClientAddress address, AdmissionRefusal why) implements Decided {}

  /**
   * The other replicas' counts decide, within milliseconds, from any thread. A lease that is then
   * granted must be released even if nobody waits for it any more.
   */
  record Awaited(CompletionStage<Decided> decision) implements AdmissionDecision {}
}
