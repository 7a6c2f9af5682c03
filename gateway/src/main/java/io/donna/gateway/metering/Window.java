package io.donna.gateway.metering;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** The hour, the day or the month that it is in UTC, as bills have them. */
public enum Window {
  HOUR,
  DAY,
  MONTH;

  /** When the window that {@code time} is in began. */
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
