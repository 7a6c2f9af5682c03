package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LineLayoutTest {
  private static final String KEY = "sk-proj-Zq81\"bCdEfGhIjKlMnOpabcd";

  @ParameterizedTest
  @EnumSource(LogFormat.class)
  void noLineHasASecretInItWhoeverLogsItAndHowever(LogFormat format) {
    LineLayout layout = new LineLayout(format, new Redaction(List.of(KEY)));
    for (String text : List.of("with " + KEY, "masked sk-proj-****abcd", "sk-...abcd.")) {
      LoggingEvent event =
          new LoggingEvent(
              LineLayoutTest.class.getName(),
              (Logger) LoggerFactory.getLogger("io.donna.gateway.upstream.OpeningAttempt"),
              Level.WARN,
              "it says {}",
              new IllegalStateException(text),
              new Object[] {text});

      assertThat(layout.doLayout(event)).contains("[redacted]").doesNotContain("abcd");
      assertThat(layout.finished(text)).contains("[redacted]").doesNotContain("abcd");
    }
  }

  @Test
  void hasTheFieldsOfEcsBehindItsOwn() {
    LoggingEvent event =
        new LoggingEvent(
            LineLayoutTest.class.getName(),
            (Logger) LoggerFactory.getLogger("io.donna.gateway.websocket.Leg"),
            Level.ERROR,
            "closing a connection",
            new IllegalStateException("a \u001b[2Jfault"),
            null);
    String line = new LineLayout(LogFormat.JSON, new Redaction(List.of())).doLayout(event);
    JsonNode json = JsonMapper.shared().readTree(line);

    assertThat(json.propertyNames())
        .containsExactly(
            "timestamp",
            "level",
            "logger",
            "message",
            "stack_trace",
            "@timestamp",
            "log.level",
            "log.logger",
            "ecs.version",
            "service.name",
            "event.kind",
            "error.type",
            "error.message",
            "error.stack_trace");
    assertThat(json.get("@timestamp")).isEqualTo(json.get("timestamp"));
    assertThat(json.get("error.type").asString()).isEqualTo("java.lang.IllegalStateException");
    assertThat(json.get("error.message").asString()).isEqualTo("a \\u001b[2Jfault");
  }
}
