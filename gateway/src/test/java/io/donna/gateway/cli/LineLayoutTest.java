package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class LineLayoutTest {
  private static final String KEY = "sk-proj-Zq81\"bCdEfGhIjKlMnOpabcd";

  @ParameterizedTest
  @EnumSource(LogFormat.class)
  void noLineHasASecretInItWhoeverLogsItAndHowever(LogFormat format) {
    LineLayout layout = new LineLayout(format, new Redaction(List.of(KEY)));
    for (String name : List.of("io.donna.gateway.upstream.OpeningAttempt", LineLayout.SECURITY)) {
      for (String text : List.of("with " + KEY, "masked sk-proj-****abcd", "sk-...abcd.")) {
        LoggingEvent event =
            new LoggingEvent(
                LineLayoutTest.class.getName(),
                (Logger) LoggerFactory.getLogger(name),
                Level.WARN,
                "it says {}",
                new IllegalStateException(text),
                new Object[] {text});

        assertThat(layout.doLayout(event)).contains("[redacted]").doesNotContain("abcd");
      }
    }
  }
}
