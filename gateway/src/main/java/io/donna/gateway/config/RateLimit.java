package io.donna.gateway.config;

import java.time.Duration;

/**
 * At most {@code requests} of one address in a window, which its first request begins.
 *
 * @param openings how often upstreams may be opened for those who are let in
 */
public record RateLimit(int requests, Duration window, OpeningLimits openings) {
  /** With the openings that follow from it. */
  public RateLimit(int requests, Duration window) {
    this(requests, window, OpeningLimits.within(requests, window));
  }
}
