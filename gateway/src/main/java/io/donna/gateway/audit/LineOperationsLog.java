package io.donna.gateway.audit;

import io.donna.gateway.config.LogFormat;
import java.time.Clock;

/**
 * Writes one line per event: {@code 📊 [OPERATIONS] EVENT: {json}}, or one object of JSON. Safe
 * from any thread.
 */
public final class LineOperationsLog {
  private final LineFormat format;
  private final LineSink lines;

  public LineOperationsLog(LogFormat format, Clock clock, LineSink lines) {
    this.format = new LineFormat(format, clock, "📊 [OPERATIONS]", "operations");
    this.lines = lines;
  }

  public void record(OperationsEvent event) {
    String name = event.event();
    lines.write(name, 1, format.line(name, event, ecs -> ecs.withOperations(name)));
  }
}
