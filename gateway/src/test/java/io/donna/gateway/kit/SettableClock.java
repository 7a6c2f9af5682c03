package io.donna.gateway.kit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The time of day, until somebody sets it. */
public final class SettableClock extends Clock {
  private volatile Duration ahead = Duration.ZERO;

  /** From now on the clock is so much ahead of the right time; behind it where negative. */
  public void setAhead(Duration difference) {
    ahead = difference;
  }

  @Override
  public Instant instant() {
    return Clock.systemUTC().instant().plus(ahead);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("UTC is spoken here");
  }
}
