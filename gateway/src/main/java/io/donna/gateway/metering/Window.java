package io.donna.gateway.metering;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** The current hour, day or month in UTC, as used for billing. */
public enum Window {
  HOUR,
  DAY,
  MONTH;

  /** The start of the window that contains {@code time}. */
  public Instant begin(Instant time) {
    return switch (this) {
      case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
      case DAY -> time.truncatedTo(ChronoUnit.DAYS);
      case MONTH ->
          OffsetDateTime.ofInstant(time, ZoneOffset.UTC)
              .withDayOfMonth(1)
              .truncatedTo(ChronoUnit.DAYS)
              .toInstant();
    };
  }
}
