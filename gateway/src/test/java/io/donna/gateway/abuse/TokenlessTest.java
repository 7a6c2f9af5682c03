package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What somebody can do who shows no token, with the three connections that an address may have. */
class TokenlessTest {
  private static final int SOCKETS = 3;
  private static final Duration FLOOD = Duration.ofSeconds(Scale.of(8, 2));

  /** What a live session must have, on a machine that the flooders share with the gateway. */
  private static final Duration BOUND = Duration.ofMillis(Scale.of(300, 900));

  private static byte[] repeated(byte[] one, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(one);
    }
    return all.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Sends {@code bytes} over and over on connections of {@code door}, another for each that ends,
   * and reads what comes back, while somebody talks to whom it must not matter.
   */
  private static void flood(
      String what,
      byte[] bytes,
      GatewayProcess gateway,
      LiveSession live,
      Supplier<TestClient> door)
      throws Exception {
    live.roundTrip();
    Duration cpu = gateway.figures().cpu();
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong sent = new AtomicLong();

    LiveSession.Delays delays =
        live.during(() -> {
          List<Thread> flooders = new ArrayList<>();
          for (int i = 0; i < SOCKETS; i++) {
            flooders.add(Thread.ofPlatform().start(() -> floodUntil(over, sent, bytes, door)));
          }
          await().pollDelay(FLOOD).atMost(FLOOD.plusSeconds(5)).until(() -> true);
          over.set(true);
          for (Thread flooder : flooders) {
            flooder.join();
          }
        });

    double used = gateway.figures().cpu().minus(cpu).toNanos() / 1e7 / FLOOD.toSeconds();
    Scale.figure(
        "%s, %d sockets, %.1f MB in %d s: gateway CPU %.0f %% of a core; a live session: %s",
        what, SOCKETS, sent.get() / 1e6, FLOOD.toSeconds(), used, delays.inMillis());
    assertThat(delays.ninetyFifth()).isLessThan(BOUND);
  }

  private static void floodUntil(
      AtomicBoolean over, AtomicLong sent, byte[] bytes, Supplier<TestClient> door) {
    while (!over.get()) {
      try (TestClient client = door.get()) {
        Thread reader = Thread.ofVirtual().start(client::reachesEnd);
        try {
          while (!over.get()) {
            client.sendRaw(bytes);
            sent.addAndGet(bytes.length);
          }
        } finally {
          client.reset();
          reader.join();
        }
      } catch (UncheckedIOException | java.io.IOException ended) {
        // As it should; the next one.
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static GatewayProcess.Builder usual(TestUpstream upstream) {
    return GatewayProcess.behind(upstream);
  }

  @Test
  @Timeout(60)
  void goesOnWithOthersWhileSomeTalkBeforeTheirToken() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = usual(upstream).with("RATE_LIMIT_MAX_REQUESTS", 32).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream);
        TestClient encoder = gateway.connect()) {
      byte[] words = repeated(encoder.encode(0x81, ascii("x")), 20_000);

      flood("words before the token", words, gateway, live, gateway::connect);
    }
  }

  @Test
  @Timeout(60)
  void goesOnWithOthersWhileSomePingBeforeTheirToken() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = usual(upstream).with("RATE_LIMIT_MAX_REQUESTS", 32).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream);
        TestClient encoder = gateway.connect()) {
      byte[] pings = repeated(encoder.encode(0x89, ascii("x")), 20_000);

      flood("pings before the token", pings, gateway, live, gateway::connect);
    }
  }

  @Test
  @Timeout(60)
  void goesOnWithOthersWhileSomeTalkNonsenseBeforeTheyConnect() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = usual(upstream).with("RATE_LIMIT_MAX_REQUESTS", 32).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream);
        TestClient encoder = gateway.connect()) {
      byte[] words = repeated(encoder.encode(0x81, ascii("x")), 20_000);

      flood("nonsense behind the token", words, gateway, live, gateway::connectReady);
    }
  }

  @Test
  @Timeout(60)
  void goesOnWithOthersWhileSomePipelineHealthChecks() throws Exception {
    byte[] requests = repeated(ascii("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), 2_000);
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = usual(upstream).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      flood("pipelined /health", requests, gateway, live, () -> rawGet(gateway, "/health"));
    }
  }

  @Test
  @Timeout(60)
  void goesOnWithOthersWhileSomePipelineWhatIsRefused() throws Exception {
    byte[] requests = repeated(ascii("GET /test HTTP/1.1\r\nHost: x\r\n\r\n"), 2_000);
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = usual(upstream).with("RATE_LIMIT_MAX_REQUESTS", 10).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      flood(
          "pipelined requests over the rate",
          requests,
          gateway,
          live,
          () -> rawGet(gateway, "/test"));

      String out = gateway.out();
      long lines = out.lines().filter(line -> line.contains("HTTP_RATE_LIMIT_EXCEEDED")).count();
      assertThat(lines).isLessThanOrEqualTo(2 * (FLOOD.toSeconds() + 3));
    }
  }

  private static TestClient rawGet(GatewayProcess gateway, String path) {
    return TestClient.raw(gateway.port(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @Test
  void endsAConnectionBehindARefusalAndAfterAThousandAnswers() {
    String test = "GET /test HTTP/1.1\r\nHost: x\r\n\r\n";
    try (RunningGateway gateway = RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 1).start();
        TestClient client = TestClient.raw(gateway.port(), test.repeat(3));
        TestClient healthy =
            TestClient.raw(
                gateway.port(), "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_100))) {
      client.body();
      String refusal = client.nextHead();
      assertThat(refusal).startsWith("HTTP/1.1 429").containsIgnoringCase("connection: close");
      assertThat(client.rest()).doesNotContain("HTTP/1.1");

      healthy.body();
      for (int i = 2; i < 1_000; i++) {
        healthy.skipAnswer();
      }
      assertThat(healthy.nextHead()).containsIgnoringCase("connection: close");
      assertThat(healthy.rest()).doesNotContain("HTTP/1.1");
    }
  }

  @Test
  void stopsReadingWhoSendsOnBehindTheLastAnswer() {
    byte[] requests = repeated(ascii("GET /test HTTP/1.1\r\nHost: x\r\n\r\n"), 1_000);
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(), "GET /test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
      long begun = System.nanoTime();
      int sent = 0;
      try {
        while (sent < 5_000) {
          client.sendRaw(requests);
          sent++;
        }
      } catch (UncheckedIOException ended) {
        // As it should.
      }

      assertThat(sent).isLessThan(5_000);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void freesThePlaceOfAClientThatAsksWithoutEndAndDoesNotRead() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("AUTH_TIMEOUT_MS", 300_000).start();
        TestClient client = gateway.connect()) {
      long begun = System.nanoTime();
      byte[] pings = repeated(client.encode(0x89, new byte[120]), 1_000);
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(20)) {
                    client.sendRaw(pings);
                  }
                } catch (UncheckedIOException ended) {
                  // As it should.
                }
              });
      gateway.awaitLog("\"code\":1008,\"reason\":\"too many pings before authentication\"");
      gateway.awaitNoConnections();

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
      client.reset();
      flood.join();
    }
  }

  private static final Pattern REPEATED = Pattern.compile("\"repeated\":(\\d+)");

  /** What the lines of an event add up to. */
  private static long counted(String out, String event) {
    return out.lines()
        .filter(line -> line.contains(event))
        .mapToLong(line -> {
          Matcher repeated = REPEATED.matcher(line);
          return repeated.find() ? Long.parseLong(repeated.group(1)) : 1;
        })
        .sum();
  }

  @Test
  @Timeout(60)
  void logsTheFirstRefusalOfASecondAndCountsTheOthers() throws Exception {
    int refused = Scale.of(5_000, 500);
    try (GatewayProcess gateway =
        GatewayProcess.withoutUpstream().with("RATE_LIMIT_MAX_REQUESTS", 1).start()) {
      rawGet(gateway, "/test").close();
      long begun = System.nanoTime();
      for (int i = 0; i < refused; i++) {
        try (TestClient client = rawGet(gateway, "/test")) {
          assertThat(client.status()).isEqualTo(429);
        }
      }
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);

      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> counted(gateway.out(), "HTTP_RATE_LIMIT_EXCEEDED") == refused);
      long lines =
          gateway.out().lines().filter(line -> line.contains("HTTP_RATE_LIMIT_EXCEEDED")).count();
      assertThat(lines).isBetween(2L, 2 * (seconds + 2));
      Scale.figure("%d refusals in %d s: %d lines", refused, seconds, lines);
    }
  }
}
