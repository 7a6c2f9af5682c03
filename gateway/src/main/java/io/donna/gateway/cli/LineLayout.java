package io.donna.gateway.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Formats each event as one line. Security events are finished lines already. Other events get a
 * time, a level and a logger, and are sanitised here: messages and exceptions may quote foreign
 * text, so both become ASCII without control characters, and of bounded length.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
  static final String SECURITY = "security";

  /**
   * Room for the longest line that must not be cut: one of the usage log that cannot be written.
   */
  static final int LONGEST_MESSAGE = 8_192;

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
    String message = safe(event.getFormattedMessage());
    IThrowableProxy fault = event.getThrowableProxy();
    String trace = fault == null ? "" : StackTrace.of(fault);
    String time = event.getInstant().truncatedTo(ChronoUnit.MILLIS).toString();
    return switch (format) {
      case TEXT -> time + " " + event.getLevel() + " " + message + "\n" + trace;
      case JSON -> {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("timestamp", time)
            .put("level", event.getLevel().toString())
            .put("logger", event.getLoggerName())
            .put("message", message);
        putFields(line, event.getKeyValuePairs());
        if (!trace.isEmpty()) {
          line.put("stack_trace", trace);
        }
        yield line + "\n";
      }
    };
  }

  /** Adds a line's fields: a single value as a string, several as an array. */
  private void putFields(ObjectNode line, @Nullable List<KeyValuePair> fields) {
    for (KeyValuePair field : fields == null ? List.<KeyValuePair>of() : fields) {
      List<?> values = field.value instanceof List<?> several ? several : List.of(field.value);
      List<String> texts = values.stream().map(value -> safe(String.valueOf(value))).toList();
      if (texts.size() == 1) {
        line.put(field.key, texts.getFirst());
      } else {
        texts.forEach(line.withArray(field.key)::add);
      }
    }
  }

  private String safe(String text) {
    return ForeignText.line(redaction.cut(text), LONGEST_MESSAGE);
  }
}
