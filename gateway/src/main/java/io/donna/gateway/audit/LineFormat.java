package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.donna.gateway.config.LogFormat;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Formats an event as one line: {@code LABEL EVENT: {json}} with the time as the last key, or as
 * {@link LogFormat#JSON} one object with the time and the event's name first, and the fields of
 * {@link EcsFields} last. Values are cut to {@value #LONGEST_VALUE} characters and escaped to
 * printable ASCII, so a client can neither forge a line nor hide text in one.
 */
final class LineFormat {
  static final int LONGEST_VALUE = 128;

  /** Built with the first event: Jackson takes a tenth of a start. */
  private static final class Json {
    static final JsonMapper MAPPER =
        JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .addModule(new SimpleModule().addSerializer(new CutString()))
            .build();
  }

  /** The fields of a line in text. */
  private record TextLine(@JsonUnwrapped Object fields, String timestamp) {}

  /** A line in JSON. */
  private record JsonLine(
      String timestamp,
      String level,
      String logger,
      String event,
      @JsonUnwrapped Object fields,
      @JsonAnyGetter Map<String, Object> ecs) {}

  private final LogFormat format;
  private final Clock clock;
  private final String label;
  private final String logger;

  /**
   * @param label begins each line of text
   * @param logger the value of this key in JSON
   */
  LineFormat(LogFormat format, Clock clock, String label, String logger) {
    this.format = format;
    this.clock = clock;
    this.label = label;
    this.logger = logger;
  }

  /**
   * A line without a line break.
   *
   * @param event its name
   * @param fields a record of them
   * @param ecs the same by their names in ECS
   */
  String line(String event, Object fields, Function<EcsFields, EcsFields> ecs) {
    String time = clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
    return switch (format) {
      case TEXT -> label + " " + event + ": " + written(new TextLine(fields, time));
      case JSON ->
          written(
              new JsonLine(
                  time,
                  "INFO",
                  logger,
                  event,
                  fields,
                  ecs.apply(EcsFields.of(time, "INFO", logger)).asMap()));
    };
  }

  /** Jackson writes DEL as it is, which terminals act on. It can only be within a string. */
  private static String written(Object line) {
    return Json.MAPPER.writeValueAsString(line).replace("\u007f", "\\u007F");
  }

  private static final class CutString extends StdSerializer<String> {
    CutString() {
      super(String.class);
    }

    @Override
    public void serialize(String value, JsonGenerator out, SerializationContext context) {
      out.writeString(value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE));
    }
  }
}
