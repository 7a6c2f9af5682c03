package io.donna.gateway.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.ChattyDonna;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A log under attack whose reader has stopped, as a pager does that is suspended. */
class LogFloodTest {
  private static final int ORDINARY = 20_000;
  private static final int REFUSED = 1_000;
  private static final int ADDRESSES = 100;

  /** What a live session and a probe may wait; they take a few milliseconds. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private static final long MEMORY = 96L << 20;

  @Test
  @Timeout(180)
  void blocksNothingAndAccountsForEveryEventWhenItsReaderGoesOn() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            GatewayProcess.behind(upstream)
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .with("RATE_LIMIT_MAX_REQUESTS", 100_000)
                .java("-Xmx64m") // an unbounded queue would end it
                .chatty()
                .unread()
                .start();
        TestClient voice = gateway.connectDropIn()) {
      TestUpstream.Connection model = upstream.take().accept();
      gateway.log(ORDINARY); // three times what the queue holds
      long before = gateway.figures().residentBytes();

      for (int i = 0; i < REFUSED; i++) {
        String address = "X-Forwarded-For: 192.0." + i % ADDRESSES + ".1";
        try (TestClient refused = gateway.connect("Origin: https://evil.example", address)) {
          assertThat(refused.status()).isEqualTo(403);
        }
        if (i % 100 == 0) {
          expectInTime(() -> {
            model.send("{\"type\":\"response.output_audio.delta\"}");
            voice.readText();
          });
          expectInTime(() -> {
            try (TestClient probe = get(gateway, "/health")) {
              assertThat(probe.status()).isEqualTo(200);
            }
          });
        }
      }
      try (TestClient intruder = gateway.connect()) {
        intruder.send("{\"type\":\"authenticate\",\"token\":\"none\"}");
        assertThat(intruder.readText()).contains("auth_error");
      }
      assertThat(gateway.figures().residentBytes() - before).isLessThan(MEMORY);

      CompletableFuture<List<String>> reading = CompletableFuture.supplyAsync(() -> allOf(gateway));
      gateway.process().toHandle().destroy(); // Process.destroy would close the pipe as well
      assertThat(gateway.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(gateway.process().exitValue()).isZero();
      List<String> lines = reading.get(30, TimeUnit.SECONDS);

      long ordinary = lines.stream().filter(line -> line.contains(" INFO line ")).count();
      long lost = sum(lines, "\\b" + Pattern.quote(ChattyDonna.class.getName()) + " (\\d+)");
      assertThat(lost).isPositive();
      assertThat(ordinary + lost).isEqualTo(ORDINARY);
      List<String> blocked =
          lines.stream().filter(line -> line.contains("BLOCKED_INVALID_ORIGIN: ")).toList();
      long repeated = blocked.stream().filter(line -> line.contains("\"repeated\":")).count();
      assertThat(blocked.size() - repeated + sum(blocked, "\"repeated\":(\\d+)"))
          .as("none displaced by another kind")
          .isEqualTo(REFUSED);
      assertThat(lines)
          .filteredOn(line -> line.contains("WS_AUTH_FAILED_INVALID_TOKEN"))
          .hasSize(1);
      List<String> beats = lines.stream().filter(line -> line.contains("HEARTBEAT: ")).toList();
      // The intruder was refused, too.
      assertThat(sum(beats, "\"refusals\":(\\d+)")).isEqualTo(REFUSED + 1);
      assertThat(sum(beats, "\"logLinesLost\":(\\d+)")).isEqualTo(lost);
    }
  }

  private static void expectInTime(Runnable work) {
    long begun = System.nanoTime();
    work.run();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LONGEST_WAIT);
  }

  private static TestClient get(GatewayProcess gateway, String path) {
    return TestClient.raw(
        gateway.port(),
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static List<String> allOf(GatewayProcess gateway) {
    try (BufferedReader log =
            new BufferedReader(new InputStreamReader(gateway.unreadOut(), UTF_8));
        Stream<String> lines = log.lines()) {
      return lines.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The sum of a number that {@code pattern} has as its group. */
  private static long sum(List<String> lines, String pattern) {
    Pattern number = Pattern.compile(pattern);
    return lines.stream()
        .flatMap(line -> number.matcher(line).results())
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .sum();
  }
}
