package io.donna.gateway.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One line an event. Security events are lines already; the rest gets time, level and place. */
final class LineLayout extends LayoutBase<ILoggingEvent> {
  static final String SECURITY = "security";

  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

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
    String message = event.getFormattedMessage();
    if (event.getLoggerName().equals(SECURITY)) {
      return message + "\n";
    }
    IThrowableProxy fault = event.getThrowableProxy();
    String trace = fault == null ? "" : ThrowableProxyUtil.asString(fault);
    String time = event.getInstant().truncatedTo(ChronoUnit.MILLIS).toString();
    return switch (format) {
      // What an upstream says of itself may be in it, and must not look like a line of ours.
      case TEXT ->
          time
              + " "
              + event.getLevel()
              + " "
              + CONTROL.matcher(message).replaceAll("?")
              + "\n"
              + trace;
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
