package io.donna.gateway.audit;

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
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes one line per event: {@code 🔒 [SECURITY] EVENT: {json}} with the time as the last key, or
 * as {@link LogFormat#JSON} one object with the time and the event's name first. Values are cut to
 * {@value #LONGEST_VALUE} characters and escaped to ASCII, so a client can neither forge a line nor
 * hide text in one.
 */
public final class LineSecurityLog implements SecurityLog {
  static final int LONGEST_VALUE = 128;

  private static final String TIMESTAMP = "timestamp";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .addModule(new SimpleModule().addSerializer(new CutString()))
          .build();

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
    ObjectNode fields = MAPPER.valueToTree(event);
    fields.put(TIMESTAMP, time());
    return "🔒 [SECURITY] " + event.event() + ": " + MAPPER.writeValueAsString(fields);
  }

  private String json(SecurityEvent event) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put(TIMESTAMP, time());
    line.put("level", "INFO").put("logger", "security").put("event", event.event());
    line.setAll((ObjectNode) MAPPER.valueToTree(event));
    return MAPPER.writeValueAsString(line);
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
