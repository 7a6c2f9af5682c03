package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Places, descriptors and memory that are taken by those who do not mean to use them. */
class PlacesTest {
  private static final String TOKENLESS = "127.0.0.2";

  private static GatewayProcess.Builder roomy(TestUpstream upstream) {
    return GatewayProcess.behind(upstream)
        .with("MAX_CONNECTIONS_PER_IP", 100_000)
        .with("RATE_LIMIT_MAX_REQUESTS", 1_000_000);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A connection that comes from an address of its own. */
  private static Socket from(String address, int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.ofLiteral(address), 0);
  }

  @Test
  void letsEveryUserInThoughTheGatewayIsFullOfThoseWithoutAToken() {
    int places = 60;
    List<TestClient> silent = new ArrayList<>();
    List<TestClient> users = new ArrayList<>();
    try (RunningGateway gateway =
        RunningGateway.with("MAX_CONNECTIONS", places).with("AUTH_TIMEOUT_MS", 300_000).start()) {
      for (int i = 0; i < places; i++) {
        silent.add(gateway.connect());
      }
      for (int i = 0; i < 55; i++) {
        users.add(gateway.connectReady());
      }

      assertThat(users).extracting(TestClient::status).containsOnly(101);
      assertThat(silent.getFirst().readText()).contains("\"code\":\"overloaded\"");
      assertThat(silent.getFirst().readClose().closeCode()).isEqualTo(1013);
      await().atMost(Duration.ofSeconds(10)).until(() -> gateway.gateway().connections() == places);
      users.forEach(TestClient::close);
      silent.forEach(TestClient::close);
      gateway.awaitNoConnections();
    }
  }

  @Test
  void sendsTheTokenlessOfTheLargestNetworkAwayFirst() {
    List<TestClient> network = new ArrayList<>();
    try (RunningGateway gateway =
            RunningGateway.with("MAX_CONNECTIONS", 40)
                .with("PROXY_PROTOCOL", "true")
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .with("AUTH_TIMEOUT_MS", 300_000)
                .start();
        TestClient early = proxied(gateway, "198.51.100.7")) {
      // Each from a /64 of its own, of the 65,536 that a /48 has.
      for (int i = 0; i < 200; i++) {
        network.add(
            proxied(gateway, "2001:db8:1:" + Integer.toHexString(i * 300 & 0xFFFF) + "::1"));
      }

      early.authenticate();
      network.getLast().authenticate();
      network.forEach(TestClient::close);
    }
  }

  private static TestClient proxied(RunningGateway gateway, String client) {
    boolean v6 = client.contains(":");
    String header =
        "PROXY TCP%s %s %s 40000 3001\r\n"
            .formatted(v6 ? "6" : "4", client, v6 ? "2001:db8::1" : "192.0.2.1");
    return TestClient.raw(
        gateway.port(),
        header
            + "GET /realtime HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  }

  @Test
  @Timeout(60)
  void letsSlowHandshakesThroughWhileAnAddressOpensFourHundredConnectionsASecond()
      throws Exception {
    Duration time = Duration.ofSeconds(Scale.of(8, 3));
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = roomy(upstream).descriptors(600).start()) {
      AtomicBoolean over = new AtomicBoolean();
      List<Socket> empty = new ArrayList<>();
      Thread opening = Thread.ofPlatform().start(() -> openUntil(over, gateway.port(), empty));
      int through = 0;
      int tried = 0;
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        tried++;
        through += handshakeOf(Duration.ofMillis(400), gateway.port()) ? 1 : 0;
      }
      over.set(true);
      opening.join();

      Scale.figure(
          "%d empty connections, %d a second: %d of %d handshakes of 400 ms through",
          empty.size(), empty.size() / time.toSeconds(), through, tried);
      assertThat(empty).hasSizeGreaterThan((int) time.toSeconds() * 100);
      assertThat(through).isEqualTo(tried);
      for (Socket socket : empty) {
        socket.close();
      }
    }
  }

  private static void openUntil(AtomicBoolean over, int port, List<Socket> opened) {
    try {
      while (!over.get()) {
        opened.add(from(TOKENLESS, port));
        LockSupport.parkNanos(2_300_000);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** Whether a request that takes so long from its first to its last byte is answered. */
  private static boolean handshakeOf(Duration time, int port) {
    byte[] request = ascii("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    try (Socket socket = from("127.0.0.1", port)) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request, 0, request.length - 2);
      LockSupport.parkNanos(time.toNanos());
      socket.getOutputStream().write(request, request.length - 2, 2);
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)
          .equals("HTTP/1.1 200");
    } catch (IOException ended) {
      return false;
    }
  }

  @Test
  @Timeout(120)
  void keepsTheMemoryOfLiveSessionsFromThoseWhoNeverFinishTheirRequest() throws Exception {
    int heads = Scale.of(6_000, 1_500);
    int megabytes = Scale.of(96, 32);
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            roomy(upstream)
                .with("REQUEST_TIMEOUT_MS", 60_000)
                .java("-XX:MaxDirectMemorySize=" + megabytes + "m", "-Xmx128m")
                .start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      byte[] head = ascii("GET /health HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(30_000));
      List<Socket> unfinished = new ArrayList<>();

      LiveSession.Delays delays =
          live.during(() -> {
            for (int i = 0; i < heads; i++) {
              Socket socket = from(TOKENLESS, gateway.port());
              unfinished.add(socket);
              try {
                socket.getOutputStream().write(head);
              } catch (IOException ended) {
                // As it should, sooner or later.
              }
            }
          });

      assertThat(live.roundTrip()).isLessThan(Duration.ofSeconds(5));
      assertThat(gateway.out()).doesNotContain("OutOfMemory").doesNotContain("OutOfDirect");
      assertThat(gateway.out()).doesNotContain("out of memory");
      assertThat(delays.worst()).isLessThan(Duration.ofSeconds(5));
      Scale.figure(
          "%d heads of 30 kB that are not finished, %d MB of direct memory; a live session: %s",
          heads, megabytes, delays.inMillis());
      for (Socket socket : unfinished) {
        socket.close();
      }
    }
  }

  @Test
  @Timeout(120)
  void letsNewUsersInThoughFiveSessionsHoldTheMemory() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            roomy(upstream).java("-Xmx64m", "-XX:MaxDirectMemorySize=160m").start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      List<TestClient> hogs = new ArrayList<>();
      byte[] header = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, (byte) 0xFF, 0, 0, 1, 2, 3, 4};
      for (int i = 0; i < 5; i++) {
        hogs.add(gateway.connectReady());
      }
      long begun = System.nanoTime();

      LiveSession.Delays delays =
          live.during(() -> {
            for (TestClient hog : hogs) {
              send(hog, header);
              send(hog, new byte[15_000_000]);
            }
            await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                  hogs.forEach(hog -> send(hog, new byte[8_500]));
                  try (TestClient user = gateway.connect()) {
                    return user.status() == 101;
                  }
                });
          });

      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      assertThat(gateway.out()).contains("\"code\":1013,\"reason\":\"Overloaded\"");
      assertThat(live.roundTrip()).isLessThan(Duration.ofSeconds(5));
      Scale.figure(
          "five unfinished messages of 15 MB: somebody new is let in after %.1f s; a live session:"
              + " %s",
          took.toMillis() / 1e3, delays.inMillis());
      hogs.forEach(TestClient::close);
    }
  }

  /** Of each chunk one byte is the body's, which nobody asked for, and 7,000 are its extension. */
  @Test
  @Timeout(60)
  void letsUsersInThoughRequestsBringMuchThatNobodyKeeps() throws Exception {
    byte[] head = ascii("GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    byte[] chunks = ascii(("1;" + "x".repeat(7_000) + "\r\ny\r\n").repeat(1_000));
    List<Socket> senders = new ArrayList<>();
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            roomy(upstream).java("-Xmx128m", "-XX:MaxDirectMemorySize=64m").start()) {
      for (int i = 0; i < 3; i++) { // 21 MB together; memory is scarce from 16 on
        Socket sender = from(TOKENLESS, gateway.port());
        senders.add(sender);
        sender.getOutputStream().write(head);
        sender.getOutputStream().write(chunks);
      }

      try (TestClient user = gateway.connectReady()) {
        assertThat(user.status()).isEqualTo(101);
      }
      for (Socket sender : senders) {
        sender.close();
      }
    }
  }

  private static void send(TestClient hog, byte[] bytes) {
    try {
      hog.sendRaw(Arrays.copyOf(bytes, bytes.length));
    } catch (UncheckedIOException ended) {
      // It was not let.
    }
  }
}
