package io.donna.gateway.config;

import java.time.Duration;

/**
 * At most {@code requests} per address in a window that begins with its first request.
 *
 * @param openings limits on upstream connections of admitted clients
 */
public record RateLimit(int requests, Duration window, UpstreamRateLimits openings) {
  /** With the default limits on upstream connections. */
  public RateLimit(int requests, Duration window) {
    this(requests, window, UpstreamRateLimits.within(requests, window));
  }

  /** The same for another number of requests. */
  public RateLimit withRequests(int number) {
    return new RateLimit(number, window, openings);
  }
}
