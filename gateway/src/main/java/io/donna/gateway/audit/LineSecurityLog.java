package io.donna.gateway.audit;

import io.donna.gateway.config.LogFormat;
import java.time.Clock;
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
 * One line an event: {@code 🔒 [SECURITY] EVENT: {json}}, or as {@link LogFormat#JSON} one object
 * with the time and the event's name in front. What a client chose is cut to {@value
 * #LONGEST_VALUE} characters and escaped to ASCII, so it can neither forge a line nor hide in one.
 */
public final class LineSecurityLog implements SecurityLog {
  static final int LONGEST_VALUE = 128;

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
   * @param lines takes each line, without its end; must not block
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
          case TEXT -> "🔒 [SECURITY] " + event.event() + ": " + MAPPER.writeValueAsString(event);
          case JSON -> json(event);
        });
  }

  private String json(SecurityEvent event) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("timestamp", clock.instant().toString());
    line.put("level", "INFO").put("logger", "security").put("event", event.event());
    line.setAll((ObjectNode) MAPPER.valueToTree(event));
    return MAPPER.writeValueAsString(line);
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
