package io.donna.gateway.cluster;

import java.time.Duration;

/** The answer to a {@link Claim}. */
public sealed interface ClaimAnswer {
  /**
   * Rate and place are counted.
   *
   * @param used requests in the window, this one included; 0 if no rate was claimed
   * @param left until the window ends
   */
  record Granted(int used, Duration left) implements ClaimAnswer {}

  /** The rate is used up until the window ends. */
  record RateUsedUp(Duration left) implements ClaimAnswer {}

  /**
   * The owner has as many places as it may have.
   *
   * @param taken on all replicas together
   */
  record PlacesTaken(long taken) implements ClaimAnswer {}

  /**
   * The cluster has not answered in time, or is known not to. What was claimed may be counted or
   * not.
   */
  record Unanswered() implements ClaimAnswer {}
}
