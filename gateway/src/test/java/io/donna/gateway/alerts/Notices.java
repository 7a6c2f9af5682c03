package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Notices for tests of who is sent them. */
final class Notices {
  static final Instant SINCE = Instant.parse("2026-11-30T12:00:04Z");

  private Notices() {}

  static Notice active(AlertKind kind, String value, String... subject) {
    return new Notice(alert(kind, value, subject), Notice.State.ACTIVE, SINCE);
  }

  static Notice resolved(AlertKind kind, String value, String... subject) {
    return new Notice(
        alert(kind, value, subject), Notice.State.RESOLVED, SINCE.plus(Duration.ofMinutes(17)));
  }

  private static Alert alert(AlertKind kind, String value, String... subject) {
    return new Alert(
        kind,
        subject.length == 0 ? Optional.empty() : Optional.of(subject[0]),
        SINCE,
        new BigDecimal(value),
        kind.usual());
  }
}
