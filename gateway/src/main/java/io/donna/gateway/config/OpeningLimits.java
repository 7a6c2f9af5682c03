package io.donna.gateway.config;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often upstreams may be opened, in a minute: a minute's worth may be used at once, and comes
 * back evenly.
 *
 * @param backOff the wait after the second failure in a row, doubled after each further one; zero
 *     for none
 */
public record OpeningLimits(int perSession, int perUser, int perAddress, Duration backOff) {
  private static final int MOST = 1_000_000_000;
  private static final int PER_SESSION = 10;
  private static final int BACK_OFF_MS = 1_000;

  /** What a user may, who has several addresses, by what one address may. */
  private static final int USER_SHARE = 3;

  /** What an address may, behind which there are several users. */
  private static final int ADDRESS_SHARE = 6;

  /** The defaults where an address may open so many WebSockets in a window. */
  static OpeningLimits within(int requests, Duration window) {
    long perMinute =
        Math.max(1, (long) ((double) requests * TimeUnit.MINUTES.toNanos(1) / window.toNanos()));
    return new OpeningLimits(
        PER_SESSION,
        (int) Math.min(MOST, USER_SHARE * perMinute),
        (int) Math.min(MOST, ADDRESS_SHARE * perMinute),
        Duration.ofMillis(BACK_OFF_MS));
  }

  /** Those that are set, and the defaults where none are. */
  static OpeningLimits read(SettingsReader reader, RateLimit rate) {
    OpeningLimits usual = rate.openings();
    return new OpeningLimits(
        reader.integer("UPSTREAM_RATE_PER_SESSION", usual.perSession, 1, MOST),
        reader.integer("UPSTREAM_RATE_PER_USER", usual.perUser, 1, MOST),
        reader.integer("UPSTREAM_RATE_PER_IP", usual.perAddress, 1, MOST),
        reader.millis("UPSTREAM_BACKOFF_MS", BACK_OFF_MS, 0, 30_000));
  }
}
