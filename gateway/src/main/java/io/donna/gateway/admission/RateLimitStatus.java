package io.donna.gateway.admission;

import java.time.Duration;

/**
 * Where an address stands within its rate.
 *
 * @param limit requests a window
 * @param remaining requests left in this one
 * @param reset time until the next one
 */
public record RateLimitStatus(int limit, int remaining, Duration reset) {
  /** {@link #reset} in whole seconds, rounded up: a client that waits as long is let in. */
  public long resetSeconds() {
    return Math.max(1, reset.plusNanos(999_999_999).toSeconds());
  }
}
