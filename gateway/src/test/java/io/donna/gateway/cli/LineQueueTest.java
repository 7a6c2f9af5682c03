package io.donna.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.LoggerContext;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.LogFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LineQueueTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Standard output as its reader treats it. */
  private static final class Output extends OutputStream {
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private final CountDownLatch reading;
    private volatile boolean full;
    private volatile boolean slow;

    Output(CountDownLatch reading) {
      this.reading = reading;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        reading.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (slow) {
        LockSupport.parkNanos(1_000_000);
      }
      if (full) {
        read.write(bytes, from, length / 2);
        throw new IOException("No space left on device");
      }
      read.write(bytes, from, length);
    }

    List<String> lines() {
      return read.toString(UTF_8).lines().toList();
    }
  }

  private static LineQueue queue(LogFormat format, Output out) {
    LineQueue queue =
        new LineQueue(new LoggerContext(), new LineLayout(format, new Redaction(List.of())), out);
    queue.start();
    return queue;
  }

  @Test
  void neverBlocksAndAccountsForEveryLineOfManyThreads() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    Output out = new Output(reading);
    LineQueue queue = queue(LogFormat.TEXT, out);
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(thread ->
                Thread.ofPlatform()
                    .start(() -> {
                      for (int i = 0; i < 10_000; i++) {
                        queue.write("FLOOD_" + thread, 1, "FLOOD_" + thread + " " + i);
                      }
                    }))
            .toList();
    for (Thread thread : threads) {
      assertThat(thread.join(PATIENCE)).isTrue();
    }
    assertThat(queue.bytes()).isLessThanOrEqualTo(LineQueue.BYTES);
    assertThat(queue.lost()).isPositive();
    queue.write("QUIET", 1, "QUIET");

    reading.countDown();
    awaitAllWritten(queue);
    queue.stop();

    assertThat(out.lines()).contains("QUIET");
    for (int kind = 0; kind < 4; kind++) {
      String name = "FLOOD_" + kind;
      long written = out.lines().stream().filter(line -> line.startsWith(name)).count();
      assertThat(written + lost(out.lines(), name)).as(name).isEqualTo(10_000);
    }
  }

  private static void awaitAllWritten(LineQueue queue) {
    await().atMost(PATIENCE).until(() -> queue.bytes() == 0);
  }

  private static long lost(List<String> lines, String kind) {
    Pattern count = Pattern.compile(" log lines lost: .*\\b" + kind + " (\\d+)");
    return lines.stream()
        .map(count::matcher)
        .filter(Matcher::find)
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .sum();
  }

  @Test
  void saysInJsonHowManyEventsAreLost() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    Output out = new Output(reading);
    LineQueue queue = queue(LogFormat.JSON, out);
    String line = "{\"event\":\"FLOOD\",\"path\":\"" + "x".repeat(1_000) + "\"}";
    while (queue.lost() == 0) {
      queue.write("FLOOD", 1, line);
    }
    queue.write("FLOOD", 499, line);
    reading.countDown();
    awaitAllWritten(queue);
    queue.stop();

    JsonNode lost =
        out.lines().stream()
            .map(JsonMapper.shared()::readTree)
            .filter(one -> one.has("linesLost"))
            .findFirst()
            .orElseThrow();
    assertThat(lost.get("linesLost").asLong()).isEqualTo(2);
    assertThat(lost.get("eventsLost").get("FLOOD").asLong()).isEqualTo(500);
    assertThat(lost.get("level").asString()).isEqualTo("WARN");
  }

  @Test
  void writesALineAgainOnALineOfItsOwnIfTheDiskWasFull() {
    Output out = new Output(new CountDownLatch(0));
    LineQueue queue = queue(LogFormat.TEXT, out);
    out.full = true;
    queue.write("A", 1, "the first line");
    await().atMost(PATIENCE).until(() -> !out.lines().isEmpty());
    queue.write("A", 1, "the second line");
    out.full = false;

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(out.lines()).endsWith("the first line", "the second line"));
    assertThat(queue.lost()).isZero();
    queue.stop();
  }

  @Test
  void reportsLossesOnceASecondWhileTheyGoOn() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    Output out = new Output(reading);
    LineQueue queue = queue(LogFormat.TEXT, out);
    long raised = 0;
    out.slow = true;
    reading.countDown();
    long end = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
    String line = "x".repeat(100);
    while (System.nanoTime() - end < 0) {
      for (int i = 0; i < 1_000; i++) {
        queue.write("FLOOD", 1, line);
        raised++;
      }
    }
    out.slow = false;
    awaitAllWritten(queue);
    queue.stop();

    long written = out.lines().stream().filter(line::equals).count();
    assertThat(written + lost(out.lines(), "FLOOD")).isEqualTo(raised);
    assertThat(out.lines().stream().filter(one -> one.contains("lines lost"))).hasSizeBetween(1, 5);
  }
}
