package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.donna.gateway.config.LogFormat;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes one line per event: {@code 🔒 [SECURITY] EVENT: {json}} with the time as the last key, or
 * as {@link LogFormat#JSON} one object with the time and the event's name first. Values are cut to
 * {@value #LONGEST_VALUE} characters and escaped to printable ASCII, so a client can neither forge
 * a line nor hide text in one.
 */
public final class LineSecurityLog implements SecurityLog {
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
  private record TextLine(@JsonUnwrapped SecurityEvent fields, String timestamp) {}

  /** A line in JSON. */
  private record JsonLine(
      String timestamp,
      String level,
      String logger,
      String event,
      @JsonUnwrapped SecurityEvent fields) {}

  private final LogFormat format;
  private final Clock clock;
  private final Consumer<String> lines;

  /**
   * @param lines receives each line without a line break; must not block
   */
  public LineSecurityLog(LogFormat format, Clock clock, Consumer<String> lines) {
    this.format = format;
    this.clock = clock;
    this.lines = lines;
  }

  @Override
  public void record(SecurityEvent event) {
    lines.accept(
        switch (format) {
          case TEXT -> text(event);
          case JSON -> json(event);
        });
  }

  private String text(SecurityEvent event) {
    return "🔒 [SECURITY] " + event.event() + ": " + written(new TextLine(event, time()));
  }

  private String json(SecurityEvent event) {
    return written(new JsonLine(time(), "INFO", "security", event.event(), event));
  }

  /** Jackson writes DEL as it is, which terminals act on. It can only be within a string. */
  private static String written(Object line) {
    return Json.MAPPER.writeValueAsString(line).replace("\u007f", "\\u007F");
  }

  private String time() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
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
