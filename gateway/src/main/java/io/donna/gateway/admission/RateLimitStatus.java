package io.donna.gateway.admission;

import java.time.Duration;

/**
 * The state of an address's rate limit.
 *
 * @param limit requests per window
 * @param remaining requests left in the current window
 * @param reset time until the next window
 */
public record RateLimitStatus(int limit, int remaining, Duration reset) {
  /**
   * {@link #reset} in whole seconds, rounded up, so that a client that waits this long is admitted.
   */
  public long resetSeconds() {
    return Math.max(1, reset.plusNanos(999_999_999).toSeconds());
  }
}
