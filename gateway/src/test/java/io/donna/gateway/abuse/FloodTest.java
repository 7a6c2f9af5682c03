package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** More of something than anybody means. */
class FloodTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  private static final String UPGRADE =
      String.join(
          "\r\n",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "");

  @Test
  @Timeout(120)
  void goesOnWithOthersWhileOneSendsAHundredThousandPingsASecond() throws Exception {
    int seconds = Scale.of(10, 2);
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = GatewayProcess.behind(upstream).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream);
        TestClient flooder = gateway.connectReady()) {
      live.roundTrip();
      long memory = gateway.figures().residentBytes();
      Duration cpu = gateway.figures().cpu();
      AtomicLong last = new AtomicLong();

      LiveSession.Delays delays = live.during(() -> last.set(flood(flooder, seconds)));

      // Who does not keep up with the pongs is owed the newest only (RFC 6455, 5.5.3).
      assertThat(lastPong(flooder, last.get())).isEqualTo(last.get());
      assertThat(delays.worst()).isLessThan(Duration.ofSeconds(3));
      Duration used = gateway.figures().cpu().minus(cpu);
      long grown = gateway.figures().residentBytes() - memory;
      assertThat(grown).isLessThan(96L << 20);
      Scale.figure(
          "%d pings in %d s: gateway CPU %.0f %% of a core, memory +%.1f MB; a live session: %s",
          last.get() + 1,
          seconds,
          used.toNanos() / 1e7 / seconds,
          grown / 1048576.0,
          delays.inMillis());
    }
  }

  /** A hundred thousand pings a second, numbered; the number of the last. */
  private static long flood(TestClient flooder, int seconds) {
    int batch = 1_000;
    long number = 0;
    long begun = System.nanoTime();
    for (int i = 0; i < 100 * seconds; i++) {
      ByteArrayOutputStream pings = new ByteArrayOutputStream();
      for (int j = 0; j < batch; j++) {
        byte[] payload = ByteBuffer.allocate(8).putLong(number++).array();
        pings.writeBytes(flooder.encode(0x89, payload));
      }
      flooder.sendRaw(pings.toByteArray());
      LockSupport.parkNanos(begun + (i + 1) * 10_000_000L - System.nanoTime());
    }
    return number - 1;
  }

  private static long lastPong(TestClient flooder, long wanted) throws IOException {
    long pong = -1;
    while (pong < wanted) {
      Frame frame = flooder.readFrame();
      if (frame.opcode() == 0xA) {
        pong = ByteBuffer.wrap(frame.payload()).getLong();
      }
    }
    return pong;
  }

  @Test
  void carriesAMessageOfAMillionTinyFragmentsAsItCame() throws Exception {
    int fragments = 1_000_000;
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = GatewayProcess.behind(upstream).start();
        TestClient client = gateway.connectReady();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      ByteBuffer message = ByteBuffer.allocate(7 * fragments);
      message.put(client.encode(0x01, new byte[] {'a'}));
      for (int i = 0; i < fragments - 2; i++) {
        message.put(client.encode(0x00, new byte[] {'b'}));
      }
      message.put(client.encode(0x80, new byte[] {'c'}));
      AtomicLong took = new AtomicLong();

      LiveSession.Delays delays =
          live.during(() -> {
            long begun = System.nanoTime();
            Thread sender = Thread.ofVirtual().start(() -> client.sendRaw(message.array()));
            assertThat(opened.readRaw(message.capacity())).isEqualTo(message.array());
            sender.join();
            took.set(System.nanoTime() - begun);
          });

      assertThat(delays.worst()).isLessThan(Duration.ofSeconds(3));
      Scale.figure(
          "a message of a million fragments of a byte passed in %.0f ms; a live session: %s",
          took.get() / 1e6, delays.inMillis());
    }
  }

  @ParameterizedTest
  @CsvSource({"10000, 1, 431", "1, 1000000, 431", "96, 1, 431", "95, 1, 101", "1, 31000, 101"})
  void refusesHeadersWithoutMeasure(int count, int length, int status) {
    StringBuilder headers = new StringBuilder();
    for (int i = 0; i < count; i++) {
      headers.append("X-").append(i).append(": ").append("y".repeat(length)).append("\r\n");
    }
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(),
                "GET /realtime HTTP/1.1\r\n" + headers + "Host: x\r\n" + UPGRADE + "\r\n")) {
      assertThat(client.status()).isEqualTo(status);
    }
  }

  @Test
  void answersAHundredPipelinedRequestsAndTheUpgradeBehindThem() throws IOException {
    String health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    String upgrade = "GET /realtime HTTP/1.1\r\nHost: x\r\n" + UPGRADE + "\r\n";
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = TestClient.raw(gateway.port(), health.repeat(100) + upgrade)) {
      assertThat(client.status()).isEqualTo(200);
      client.body();
      for (int i = 1; i < 100; i++) {
        String head = client.nextHead();
        assertThat(head).startsWith("HTTP/1.1 200");
        client.readRaw(Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1")));
      }
      assertThat(client.nextHead()).startsWith("HTTP/1.1 101");
      client.authenticate();
    }
  }

  @Test
  void stopsReadingAClientThatPipelinesAndReadsNoAnswer() throws Exception {
    byte[] requests =
        "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = TestClient.raw(gateway.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) {
      AtomicInteger sent = new AtomicInteger();
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (sent.get() < 1_000) {
                    client.sendRaw(requests);
                    sent.incrementAndGet();
                  }
                } catch (UncheckedIOException ended) {
                  // The test is over.
                }
              });
      AtomicInteger before = new AtomicInteger(-1);
      await()
          .pollInterval(Duration.ofMillis(300))
          .atMost(Duration.ofSeconds(20))
          .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());

      assertThat(sent).hasValueLessThan(1_000);
      client.reset();
      flood.join();
    }
  }
}
