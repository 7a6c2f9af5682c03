package io.donna.gateway.audit;

import io.donna.gateway.config.LogFormat;
import java.time.Clock;

/** Writes one line per event: {@code 🔒 [SECURITY] EVENT: {json}}, or one object of JSON. */
public final class LineSecurityLog implements SecurityLog {
  private final LineFormat format;
  private final LineSink lines;

  public LineSecurityLog(LogFormat format, Clock clock, LineSink lines) {
    this.format = new LineFormat(format, clock, "🔒 [SECURITY]", "security");
    this.lines = lines;
  }

  @Override
  public void record(SecurityEvent event) {
    int events = event instanceof SecurityEvent.Repeated repeated ? repeated.repeated() : 1;
    lines.write(
        event.limitName(), events, format.line(event.event(), event, ecs -> ecs.with(event)));
  }
}
