package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that take their time, to take ours. */
class SlowTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  @ParameterizedTest
  @ValueSource(strings = {"", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"})
  void endsAHandshakeThatComesByteByByte(String before) throws IOException {
    byte[] handshake = ascii("GET /realtime HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(10_000));
    try (RunningGateway gateway = RunningGateway.with("REQUEST_TIMEOUT_MS", 1_000).start();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.getOutputStream().write(ascii(before));
      long begun = System.nanoTime();
      int sent = dribble(socket, handshake, Duration.ofMillis(50));

      assertThat(sent).isLessThan(handshake.length);
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(950), Duration.ofSeconds(8));
      Scale.figure("a handshake of a byte each 50 ms was ended after %d bytes", sent);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static int dribble(Socket socket, byte[] bytes, Duration pause) {
    int sent = 0;
    try {
      for (byte octet : bytes) {
        socket.getOutputStream().write(octet);
        sent++;
        LockSupport.parkNanos(pause.toNanos());
      }
    } catch (IOException ended) {
      // As it should.
    }
    return sent;
  }

  @Test
  @Timeout(150)
  void holdsEightMegabytesAtMostForAClientThatStopsReadingAndLosesNothing() throws Exception {
    int messages = 1_000; // of 50 kB
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            GatewayProcess.behind(upstream)
                // The heap is not what is measured.
                .java("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch")
                .start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      AtomicInteger sent = new AtomicInteger();
      for (int i = 0; i < 3; i++) {
        sendAll(opened, messages, sent).start();
        readAll(client, messages);
      }
      long before = gateway.figures().residentBytes();
      sent.set(0);

      Thread sender = sendAll(opened, messages, sent);
      sender.start();
      awaitStandstill(sent);
      int slowedAt = sent.get();
      hold(Duration.ofSeconds(Scale.of(60, 2)));
      long grown = gateway.figures().residentBytes() - before;

      // How much of it waits in sockets is the kernel's to say: up to 32 MB in each that receives.
      assertThat(sent).hasValue(slowedAt).hasValueLessThan(messages);
      assertThat(grown).isLessThan(8L << 20);
      readAll(client, messages);
      sender.join();
      Scale.figure(
          "client not reading for %d s: upstream slowed after %.1f MB of 50, memory grew by %.1f MB",
          Scale.of(60, 2), slowedAt * 0.05, grown / 1048576.0);
    }
  }

  /** Nothing happens for a while, which is what this is about. */
  private static void hold(Duration time) {
    await().pollDelay(time).atMost(time.plusSeconds(5)).until(() -> true);
  }

  private static byte[] numbered(int number) {
    byte[] payload = new byte[50_000];
    Arrays.fill(payload, (byte) ('a' + number % 26));
    byte[] digits = ascii(Integer.toString(number));
    System.arraycopy(digits, 0, payload, 0, digits.length);
    return payload;
  }

  private static Thread sendAll(Wire from, int messages, AtomicInteger sent) {
    return Thread.ofVirtual()
        .unstarted(() -> {
          for (int i = 0; i < messages; i++) {
            from.send(0x82, numbered(i));
            sent.incrementAndGet();
          }
        });
  }

  private static void readAll(Wire to, int messages) {
    for (int i = 0; i < messages; i++) {
      assertThat(to.read().payload()).isEqualTo(numbered(i));
    }
  }

  /** Until nothing has been sent for a while. */
  private static void awaitStandstill(AtomicInteger sent) {
    AtomicInteger before = new AtomicInteger(-1);
    await()
        .pollInterval(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(20))
        .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
  }

  @Test
  void closesAClientThatNeverReadsThoughItTalks() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("STALL_TIMEOUT_MS", 1_000).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      Thread flood = pour(opened);
      Thread talk = talk(client);

      gateway.awaitLog("WS_CONNECTION_CLOSED: {\"ip\":\"127.0.0.xxx\",\"code\":1008");
      gateway.awaitNoConnections();
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] WS_CONNECTION_ERROR: {\"ip\":\"127.0.0.xxx\",\"error\":\"does not take what it is sent\"}");
      flood.join();
      talk.join();
    }
  }

  /** Sends until the other side is gone. */
  private static Thread pour(Wire from) {
    byte[] frame = from.encode(0x82, new byte[50_000]);
    return Thread.ofVirtual().start(() -> untilGone(() -> from.sendRaw(frame)));
  }

  private static Thread talk(Wire client) {
    return Thread.ofVirtual()
        .start(() ->
            untilGone(() -> {
              client.send("{\"type\":\"x\"}");
              LockSupport.parkNanos(50_000_000);
            }));
  }

  private static void untilGone(Runnable deed) {
    try {
      while (true) {
        deed.run();
      }
    } catch (UncheckedIOException gone) {
      // As it should.
    }
  }

  @Test
  void keepsAClientThatIsSlowAndMoves() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("STALL_TIMEOUT_MS", 2_000).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      Thread flood = pour(opened);

      // 2 MB a second: it never catches up, and moves on, though in the large steps in which the
      // system makes room in its own buffers.
      for (int i = 0; i < 80; i++) {
        client.readRaw(100_000);
        LockSupport.parkNanos(50_000_000);
      }

      assertThat(gateway.gateway().connections()).isEqualTo(1);
      client.reset();
      flood.join();
    }
  }

  @Test
  void closesAClientThatStopsInTheMiddleOfAFrame() {
    try (RunningGateway gateway = RunningGateway.with("STALL_TIMEOUT_MS", 1_000).start();
        TestClient client = gateway.connectReady()) {
      byte[] frame = client.encode(0x81, new byte[20_000]);
      client.sendRaw(Arrays.copyOf(frame, 10_000));

      expectClosedAsUnfinished(gateway, client);
    }
  }

  @Test
  void closesAClientThatNeverFinishesAFrameThoughItGoesOn() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("STALL_TIMEOUT_MS", 1_000).start();
        TestClient client = gateway.connectReady()) {
      byte[] frame = client.encode(0x81, ascii("x".repeat(100_000)));
      Thread dribble =
          Thread.ofVirtual().start(() -> dribble(client.socket(), frame, Duration.ofMillis(20)));

      expectClosedAsUnfinished(gateway, client);
      client.reset();
      dribble.join();
    }
  }

  @Test
  void closesAClientThatNeverFinishesAMessageOfFragments() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("STALL_TIMEOUT_MS", 1_000).start();
        TestClient client = gateway.connectReady()) {
      client.send(0x01, new byte[] {'a'});
      Thread more =
          Thread.ofVirtual()
              .start(() ->
                  untilGone(() -> {
                    client.send(0x00, new byte[] {'b'});
                    LockSupport.parkNanos(50_000_000);
                  }));

      expectClosedAsUnfinished(gateway, client);
      client.reset();
      more.join();
    }
  }

  private static void expectClosedAsUnfinished(RunningGateway gateway, TestClient client) {
    Frame close = client.readClose();
    assertThat(close.closeCode()).isEqualTo(1008);
    assertThat(close.closeReason()).isEqualTo("message not finished in time");
    gateway.awaitLog("\"code\":1008,\"reason\":\"message not finished in time\"");
    gateway.awaitNoConnections();
  }
}
