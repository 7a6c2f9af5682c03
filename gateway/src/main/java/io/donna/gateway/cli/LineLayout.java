package io.donna.gateway.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One line an event. Security events are lines already; the rest gets time, level and place, and is
 * made safe here, whoever wrote it: messages and the texts of exceptions may quote what others
 * chose, so both are ASCII without control characters, and of bounded length.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
  static final String SECURITY = "security";

  /** A line of the usage log that no disk takes is the longest that is wanted whole. */
  static final int LONGEST_MESSAGE = 8_192;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final LogFormat format;
  private final Redaction redaction;

  LineLayout(LogFormat format, Redaction redaction) {
    this.format = format;
    this.redaction = redaction;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    return redaction.cut(line(event));
  }

  private String line(ILoggingEvent event) {
    if (event.getLoggerName().equals(SECURITY)) {
      return event.getFormattedMessage() + "\n";
    }
    String message = ForeignText.line(redaction.cut(event.getFormattedMessage()), LONGEST_MESSAGE);
    IThrowableProxy fault = event.getThrowableProxy();
    String trace = fault == null ? "" : StackTrace.of(fault);
    String time = event.getInstant().truncatedTo(ChronoUnit.MILLIS).toString();
    return switch (format) {
      case TEXT -> time + " " + event.getLevel() + " " + message + "\n" + trace;
      case JSON -> {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("timestamp", time)
            .put("level", event.getLevel().toString())
            .put("logger", event.getLoggerName())
            .put("message", message);
        if (!trace.isEmpty()) {
          line.put("stack_trace", trace);
        }
        yield line + "\n";
      }
    };
  }
}
