package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Tools;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More who want in than there is room for: of places, of descriptors, of memory. */
class StormTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";
  private static final String HEALTH =
      "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  private static GatewayProcess.Builder roomy(TestUpstream upstream) {
    return GatewayProcess.behind(upstream)
        .with("MAX_CONNECTIONS_PER_IP", 100_000)
        .with("RATE_LIMIT_MAX_REQUESTS", 1_000_000)
        .with("AUTH_TIMEOUT_MS", 300_000);
  }

  @Test
  @Timeout(180)
  void admitsAsManyAsItMayAndRefusesTheRestAtOnce() throws Exception {
    int limit = Scale.of(5_000, 300);
    int all = 3 * limit;
    try (TestUpstream upstream = TestUpstream.start();
        // Whoever gets in stays: without authentication there are no newcomers to send away.
        GatewayProcess gateway =
            roomy(upstream).without("JWT_SECRET").with("MAX_CONNECTIONS", limit + 1).start();
        LiveSession live = LiveSession.open(gateway.connect(), upstream)) {
      Duration cpu = gateway.figures().cpu();
      List<Crowd> crowds = new ArrayList<>();

      LiveSession.Delays delays =
          live.during(
              () -> crowds.add(Crowd.rush(all, Duration.ofMillis(2L * limit), gateway::connect)));

      try (Crowd crowd = crowds.getFirst()) {
        assertThat(crowd.answers()).isEqualTo(Map.of(101, limit, 503, 2 * limit));
        assertThat(delays.worst()).isLessThan(Duration.ofSeconds(5));
        Scale.figure(
            "%d connections in %d s, %d let in, gateway CPU %.1f s, resident %.0f MB; a live"
                + " session: %s",
            all,
            limit / 500,
            limit,
            gateway.figures().cpu().minus(cpu).toNanos() / 1e9,
            gateway.figures().residentBytes() / 1048576.0,
            delays.inMillis());
      }
      awaitRoomFor(limit, gateway);
    }
  }

  /** All places are free again, and no more than there were. */
  private static void awaitRoomFor(int places, GatewayProcess gateway) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          try (Crowd crowd = Crowd.rush(places + 1, Duration.ZERO, gateway::connect)) {
            return crowd.answers().equals(Map.of(101, places, 503, 1));
          }
        });
  }

  @Test
  @Timeout(180)
  void letsEverybodyBackInAfterARestart() throws Exception {
    int users = Scale.of(5_000, 300);
    try (TestUpstream upstream = TestUpstream.start()) {
      int port;
      try (GatewayProcess first = roomy(upstream).start();
          Crowd crowd = Crowd.rush(users, Duration.ofMillis(users), first::connectReady)) {
        port = first.port();
        assertThat(crowd.answers()).isEqualTo(Map.of(101, users));
        first.kill();
      }
      long begun = System.nanoTime();
      try (GatewayProcess second = roomy(upstream).port(port).start();
          Crowd crowd = Crowd.rush(users, Duration.ZERO, () -> insist(second))) {
        Duration took = Duration.ofNanos(System.nanoTime() - begun);

        assertThat(crowd.answers()).isEqualTo(Map.of(101, users));
        Scale.figure(
            "%d clients at once after a restart: all authenticated %.1f s after its begin",
            users, took.toNanos() / 1e9);
      }
    }
  }

  /** As clients do: again, a little later, until it works. */
  private static TestClient insist(GatewayProcess gateway) {
    for (int tries = 0; ; tries++) {
      try {
        return gateway.connectReady();
      } catch (UncheckedIOException notYet) {
        if (tries == 20) {
          throw notYet;
        }
        LockSupport.parkNanos(200_000_000);
      }
    }
  }

  @Test
  void letsNobodyInWhoseUpstreamWouldHaveNoDescriptor() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = roomy(upstream).without("JWT_SECRET").descriptors(300).start();
        Crowd crowd = Crowd.rush(300, Duration.ofMillis(300), gateway::connect)) {
      // 0: pushed out of the lobby by those behind it, before its request was read.
      assertThat(crowd.answers()).containsKeys(101, 503);
      assertThat(crowd.answers().keySet()).isSubsetOf(0, 101, 503);
      assertThat(crowd.inside()).hasSizeBetween(20, 149);

      for (TestClient client : crowd.inside()) {
        client.send(CONNECT);
        upstream.take().accept().send("{\"type\":\"session.created\"}");
        assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      }
      assertThat(gateway.out())
          .contains("in total: 10000 require more file descriptors (ulimit -n)");
      assertThat(health(gateway.port())).isEqualTo(200);
    }
  }

  @Test
  void isOpenToWhoMeansItThoughAThousandConnectionsSayNothing() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = roomy(upstream).descriptors(400).start()) {
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), gateway.port()));
      }

      assertThat(health(gateway.port())).isEqualTo(200);
      try (LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
        live.roundTrip();
      }
      assertThat(gateway.figures().descriptors()).isLessThan(300);
      assertThat(gateway.out()).doesNotContain("cannot accept");
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void waitsWithoutSpinningWhenNoDescriptorIsLeftAndGoesOnWhenOneIs() throws Exception {
    Tools.need("prlimit");
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = roomy(upstream).start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      live.roundTrip();
      List<Socket> knocking = new ArrayList<>();
      limitDescriptors(gateway, gateway.figures().descriptors() + 5);
      for (int i = 0; i < 50; i++) {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
        knocking.add(socket);
      }
      gateway.awaitOut("cannot accept a connection");
      Duration cpu = gateway.figures().cpu();
      int seconds = Scale.of(10, 2);

      LiveSession.Delays delays =
          live.during(() ->
              await()
                  .pollDelay(Duration.ofSeconds(seconds))
                  .atMost(Duration.ofSeconds(seconds + 5))
                  .until(() -> true));

      Duration used = gateway.figures().cpu().minus(cpu);
      assertThat(used).isLessThan(Duration.ofSeconds(seconds).dividedBy(2));
      assertThat(gateway.process().isAlive()).isTrue();
      limitDescriptors(gateway, 2_000);
      await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptions()
          .until(() -> health(gateway.port()) == 200);
      gateway.awaitOut("accepting connections again");
      Scale.figure(
          "no descriptor for %d s: gateway CPU %.1f %% of a core; a live session: %s",
          seconds, used.toNanos() / 1e7 / seconds, delays.inMillis());
      for (Socket socket : knocking) {
        socket.close();
      }
    }
  }

  private static void limitDescriptors(GatewayProcess gateway, int most) {
    Tools.Run run =
        Tools.run(
            Path.of("."),
            "",
            "prlimit",
            "--pid",
            String.valueOf(gateway.process().pid()),
            "--nofile=" + most + ":");
    assertThat(run.status()).as(run.output()).isZero();
  }

  private static int health(int port) {
    try (TestClient client = TestClient.raw(port, HEALTH)) {
      return client.status();
    }
  }

  @Test
  @Timeout(180)
  void refusesEarlyWhenTheHeapIsNearlyFullAndRecovers() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            roomy(upstream)
                .with("MAX_CONNECTIONS", 100_000)
                .java("-Xmx40m", "-XX:+UseSerialGC")
                .start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      List<Crowd> crowds = new ArrayList<>();

      LiveSession.Delays delays =
          // Whoever comes before those ahead of him are answered may be sent away without a word,
          // while the heap is collected or the machine is busy: that is not what this is about.
          live.during(() -> crowds.add(Crowd.press(6_000, 500, 50, gateway::connect)));

      int inside;
      try (Crowd crowd = crowds.getFirst()) {
        inside = crowd.inside().size();
        assertThat(crowd.answers()).containsOnlyKeys(101, 503);
        assertThat(live.roundTrip()).isLessThan(Duration.ofSeconds(5));
        // Who is in already and would need more hears it there.
        Optional<TestClient> early = crowd.pick();
        try (TestClient client = early.orElseThrow().authenticate()) {
          client.send(CONNECT);
          assertThat(client.readText()).contains("\"code\":\"overloaded\"");
          assertThat(client.readClose().closeCode()).isEqualTo(1013);
        }
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> {
            try (TestClient client = gateway.connect()) {
              return client.status() == 101;
            }
          });
      assertThat(live.roundTrip()).isLessThan(Duration.ofSeconds(5));
      assertThat(gateway.out()).doesNotContain("OutOfMemory");
      Scale.figure(
          "a heap of 40 MB: %d sessions let in, no error; a live session: %s",
          inside, delays.inMillis());
    }
  }

  @Test
  void endsWhoHoldsTooMuchMemoryAndNoOther() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            roomy(upstream).java("-Xmx64m", "-XX:MaxDirectMemorySize=128m").start();
        LiveSession live = LiveSession.open(gateway.connectReady(), upstream)) {
      List<TestClient> hogs = new ArrayList<>();
      TestClient ready = gateway.connectReady();
      for (int i = 0; i < 8; i++) {
        hogs.add(gateway.connectReady());
      }
      byte[] unfinished = new byte[12_000_000];
      // A frame of 16 MB, of which the last quarter never comes.
      byte[] header = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, (byte) 0xFF, 0, 0, 1, 2, 3, 4};

      LiveSession.Delays delays =
          live.during(() -> {
            for (TestClient hog : hogs) {
              try {
                hog.sendRaw(header);
                hog.sendRaw(unfinished);
              } catch (UncheckedIOException ended) {
                // It was not let.
              }
            }
            await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> gateway.out().contains("\"code\":1013,\"reason\":\"Overloaded\""));
          });

      try (TestClient late = gateway.connect()) {
        assertThat(late.status()).isEqualTo(503);
      }
      ready.send(CONNECT);
      assertThat(ready.readText()).contains("\"code\":\"overloaded\"");
      assertThat(ready.readClose().closeCode()).isEqualTo(1013);
      assertThat(live.roundTrip()).isLessThan(Duration.ofSeconds(5));
      assertThat(gateway.out()).doesNotContain("OutOfMemory").doesNotContain("OutOfDirect");

      hogs.forEach(TestClient::close);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            try (TestClient client = gateway.connect()) {
              return client.status() == 101;
            }
          });
      Scale.figure(
          "8 unfinished messages of 12 MB in 128 MB; a live session: %s", delays.inMillis());
    }
  }
}
