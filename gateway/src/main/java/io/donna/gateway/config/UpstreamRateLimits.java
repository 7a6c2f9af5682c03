package io.donna.gateway.config;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How many upstream connections may be opened per minute: token buckets that hold a minute's worth
 * and refill evenly.
 *
 * @param backOff the wait after the second consecutive failure, doubled after each further one;
 *     zero for none
 */
public record UpstreamRateLimits(int perSession, int perUser, int perAddress, Duration backOff) {
  private static final int MOST = 1_000_000_000;
  private static final int PER_SESSION = 10;
  private static final int BACK_OFF_MS = 1_000;

  /** The multiple of an address's rate for a user, who may have several addresses. */
  private static final int USER_SHARE = 3;

  /** The multiple for an address, which several users may share. */
  private static final int ADDRESS_SHARE = 6;

  /** The defaults for a rate limit of {@code requests} WebSockets per address and window. */
  static UpstreamRateLimits within(int requests, Duration window) {
    long perMinute =
        Math.max(1, (long) ((double) requests * TimeUnit.MINUTES.toNanos(1) / window.toNanos()));
    return new UpstreamRateLimits(
        PER_SESSION,
        (int) Math.min(MOST, USER_SHARE * perMinute),
        (int) Math.min(MOST, ADDRESS_SHARE * perMinute),
        Duration.ofMillis(BACK_OFF_MS));
  }

  /** Reads the limits, with the defaults for unset ones. */
  static UpstreamRateLimits read(SettingsReader reader, RateLimit rate) {
    UpstreamRateLimits usual = rate.openings();
    return new UpstreamRateLimits(
        reader.integer("UPSTREAM_RATE_PER_SESSION", usual.perSession, 1, MOST),
        reader.integer("UPSTREAM_RATE_PER_USER", usual.perUser, 1, MOST),
        reader.integer("UPSTREAM_RATE_PER_IP", usual.perAddress, 1, MOST),
        reader.millis("UPSTREAM_BACKOFF_MS", BACK_OFF_MS, 0, 30_000));
  }
}
