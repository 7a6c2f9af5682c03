package io.donna.gateway.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.donna.gateway.audit.EcsFields;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Formats each event as one line with a time, a level and, in JSON, a logger and the fields of
 * {@link EcsFields}. Messages and exceptions may quote foreign text, so both become ASCII without
 * control characters, and of bounded length.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
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

  /** A line that is sanitised already. */
  String finished(String line) {
    return redaction.cut(line) + "\n";
  }

  private String line(ILoggingEvent event) {
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
        putEcs(line, event, time, trace);
        yield line + "\n";
      }
    };
  }

  /**
   * Adds a line's fields: a number as it is, numbers by name as an object, another value as a
   * string, several as an array.
   */
  private void putFields(ObjectNode line, @Nullable List<KeyValuePair> fields) {
    for (KeyValuePair field : fields == null ? List.<KeyValuePair>of() : fields) {
      switch (field.value) {
        case Long number -> line.put(field.key, number);
        case Map<?, ?> numbers -> {
          ObjectNode byName = line.putObject(field.key);
          numbers.forEach((name, number) -> byName.put(safe(String.valueOf(name)), (Long) number));
        }
        case List<?> several when several.size() != 1 -> {
          ArrayNode array = line.putArray(field.key);
          several.forEach(value -> array.add(safe(String.valueOf(value))));
        }
        case List<?> one -> line.put(field.key, safe(String.valueOf(one.getFirst())));
        default -> line.put(field.key, safe(String.valueOf(field.value)));
      }
    }
  }

  private void putEcs(ObjectNode line, ILoggingEvent event, String time, String trace) {
    EcsFields ecs =
        EcsFields.of(time, event.getLevel().toString(), event.getLoggerName())
            .with("event.kind", "event");
    IThrowableProxy fault = event.getThrowableProxy();
    if (fault != null) {
      ecs.with("error.type", fault.getClassName())
          .with("error.message", safe(String.valueOf(fault.getMessage())))
          .with("error.stack_trace", trace);
    }
    ecs.asMap().forEach((name, value) -> line.put(name, value.toString()));
  }

  private String safe(String text) {
    return ForeignText.line(redaction.cut(text), LONGEST_MESSAGE);
  }
}
