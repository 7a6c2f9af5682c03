package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepeatedLinesTest {
  private final LoggerContext context = new LoggerContext();
  private final Logger logger = context.getLogger("io.donna.gateway.upstream.OpeningAttempt");
  private final List<String> written = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() {
    AppenderBase<ILoggingEvent> lines =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            written.add(event.getLevel() + " " + event.getFormattedMessage());
          }
        };
    lines.setContext(context);
    lines.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(lines);
    context.addTurboFilter(new RepeatedLines());
  }

  @Test
  void writesTenOfASecondAndThenHowManyMoreThereWere() {
    for (int i = 0; i < 1_000; i++) {
      logger.warn("upstream {} not opened: {}", "openai", i);
    }
    assertThat(written).hasSize(10).endsWith("WARN upstream openai not opened: 9");

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(written)
                .hasSize(11)
                .endsWith("WARN 990 more of these within 1 s: upstream {} not opened: {}"));
    logger.warn("upstream {} not opened: {}", "openai", "again");
    assertThat(written).endsWith("WARN upstream openai not opened: again");
  }

  @Test
  void tellsLinesApartByTheirTextAndLeavesTheRestAlone() {
    for (int i = 0; i < 15; i++) {
      logger.warn("one");
      logger.error("another");
      logger.info("a start");
      context.getLogger(LineLayout.SECURITY).warn("an event");
    }

    assertThat(written).filteredOn("WARN one"::equals).hasSize(10);
    assertThat(written).filteredOn("ERROR another"::equals).hasSize(10);
    assertThat(written).filteredOn("INFO a start"::equals).hasSize(15);
    assertThat(written).filteredOn("WARN an event"::equals).hasSize(15);
  }
}
