package io.donna.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.metering.Usage;
import io.donna.gateway.metering.UsageLog;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** As they are wired: whatever way a line took into the log, the log limits it. */
class LogRateLimiterTest {
  private final LoggerContext context = new LoggerContext();
  private final Logger logger = context.getLogger("io.donna.gateway.upstream.OpeningAttempt");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LineQueue queue =
      new LineQueue(context, new LineLayout(LogFormat.TEXT, new Redaction(List.of())), out);

  @TempDir private Path folder;

  @BeforeEach
  void start() {
    queue.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(queue);
  }

  @AfterEach
  void stop() {
    queue.stop();
  }

  /** The lines so far, without their times. */
  private Stream<String> written() {
    return out.toString(UTF_8).lines().map(line -> line.substring(line.indexOf(' ') + 1));
  }

  private void awaitLast(String line) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(written()).endsWith(line));
  }

  @Test
  void writesTenOfASecondAndThenHowManyMoreThereWere() {
    for (int i = 0; i < 1_000; i++) {
      logger.warn("upstream {} not opened: {}", "openai", i);
    }
    awaitLast("WARN 990 more of these within 1 s: upstream {} not opened: {}");
    assertThat(written()).hasSize(11).contains("WARN upstream openai not opened: 9");

    logger.warn("upstream {} not opened: {}", "openai", "again");
    awaitLast("WARN upstream openai not opened: again");
  }

  @Test
  void limitsLinesOfTheFluentLogger() {
    for (int i = 0; i < 1_000; i++) {
      logger.atWarn().addArgument(i).setCause(new IllegalStateException()).log("unread: {}");
    }

    awaitLast("WARN 990 more of these within 1 s: unread: {}");
  }

  /** What was used must be billed, though a disk that fails has many calls end in a second. */
  @Test
  void writesEachLineOfUsageThatIsStoredNowhereElse() throws IOException {
    Logger ofProcess = (Logger) LoggerFactory.getLogger("io.donna.gateway.metering.UsageLog");
    ofProcess.addAppender(queue);
    try {
      UsageLog log = UsageLog.open(folder.resolve("usage.jsonl"));
      log.close();
      for (int i = 0; i < 100; i++) {
        log.append(
            new SessionTotal(
                Instant.EPOCH,
                "session-" + i,
                new Payer("ann", Optional.empty(), Optional.empty()),
                "gpt-realtime-2.1",
                Duration.ofMinutes(1),
                1,
                0,
                Usage.NONE,
                BigDecimal.ONE));
      }
    } finally {
      ofProcess.detachAppender(queue);
    }
    queue.stop();

    assertThat(written().filter(line -> line.startsWith("ERROR line missing"))).hasSize(100);
  }

  @Test
  void countsThoseOfTheLastSecondWhenItStops() {
    for (int i = 0; i < 1_000; i++) {
      logger.warn("once more");
    }
    queue.stop();

    assertThat(written()).endsWith("WARN 990 more of these within 1 s: once more");
  }

  @Test
  void countsEveryLineOfManyThreads() throws InterruptedException {
    List<Thread> threads =
        Stream.generate(() ->
                Thread.ofPlatform()
                    .start(() -> {
                      for (int i = 0; i < 20_000; i++) {
                        logger.warn("contended");
                      }
                    }))
            .limit(4)
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    queue.stop();

    assertThat(
            written()
                .mapToInt(line ->
                    line.equals("WARN contended")
                        ? 1
                        : Integer.parseInt(line.replaceAll("WARN (\\d+) more.*", "$1")))
                .sum())
        .isEqualTo(80_000);
  }

  @Test
  void boundsTheLinesThoughEveryTextIsAnother() {
    for (int i = 0; i < 20_000; i++) {
      logger.warn("text of a library " + i);
    }
    queue.stop();

    assertThat(written().count()).isLessThan(5 * (LogRateLimiter.MOST_TEXTS + 12));
    assertThat(written()).anyMatch(line -> line.endsWith("more of these within 1 s: other lines"));
  }

  @Test
  void tellsLinesApartByTheirTextAndLeavesTheRestAlone() {
    for (int i = 0; i < 15; i++) {
      logger.warn("one");
      logger.error("another");
      logger.info("a start");
    }
    queue.stop();

    assertThat(written()).filteredOn("WARN one"::equals).hasSize(10);
    assertThat(written()).filteredOn("ERROR another"::equals).hasSize(10);
    assertThat(written()).filteredOn("INFO a start"::equals).hasSize(15);
  }
}
