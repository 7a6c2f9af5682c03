package io.donna.gateway.admission;

import java.util.Optional;

/** The answer to a request or a connection that wants in. */
public sealed interface Admission {
  /** Come in; {@code quota} is what is left of the address's rate. */
  record Granted(ClientAddress address, Optional<RateLimitStatus> quota, Lease lease)
      implements Admission {}

  /** Stay out. */
  record Refused(ClientAddress address, Refusal why) implements Admission {}
}
