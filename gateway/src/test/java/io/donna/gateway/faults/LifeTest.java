package io.donna.gateway.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The gateway as a process: how it goes, how it is killed, and what becomes of its log. */
class LifeTest {
  private static final int SESSIONS = 50;
  private static final int GRACE_MS = 3_000;

  /** What the drain may take beyond the grace: three seconds for closing, one for the threads. */
  private static final Duration LIMIT = Duration.ofMillis(GRACE_MS).plusSeconds(4);

  @Test
  void sigtermUnderLoadLetsNobodyInSaysSoAndEndsLiveSessionsInOrder() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            GatewayProcess.behind(upstream).with("SHUTDOWN_GRACE_MS", GRACE_MS).start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> sides = new ArrayList<>();
      AtomicBoolean drains = new AtomicBoolean();
      for (int i = 0; i < SESSIONS; i++) {
        TestClient client = gateway.connectDropIn();
        TestUpstream.Connection opened = upstream.take().accept();
        sides.add(() -> countUpTo(1012, client)); // what all SDKs reconnect after
        sides.add(() -> countUpTo(1001, opened));
        threads.submit(() -> talk(client, drains));
        threads.submit(() -> talk(opened, drains));
      }
      List<Future<Integer>> heard = new ArrayList<>();
      sides.forEach(side -> heard.add(threads.submit(side)));
      assertThat(get(gateway, "/health").head()).startsWith("HTTP/1.1 200 ");

      long begun = System.nanoTime();
      gateway.process().destroy();

      await("the drain to begin")
          .atMost(Duration.ofMillis(GRACE_MS))
          .until(() -> get(gateway, "/health").head().startsWith("HTTP/1.1 503 "));
      assertThat(get(gateway, "/health").body()).contains("\"status\":\"draining\"");
      assertThat(gateway.connect().status()).isEqualTo(503);
      assertThat(gateway.connect().head()).contains("Retry-After");
      assertThat(heard).noneMatch(Future::isDone);
      for (Future<Integer> side : heard) {
        assertThat(side.get(10, TimeUnit.SECONDS)).as("messages, in order").isGreaterThan(10);
      }
      drains.set(true);
      assertThat(gateway.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(GRACE_MS), LIMIT);
      assertThat(gateway.process().exitValue()).isZero();
      assertThat(gateway.out())
          .contains("\"code\":1012")
          .contains("\"remainingConnections\":0")
          .contains("WS_CONNECTION_BLOCKED_CAPACITY")
          .doesNotContain("ERROR");
    }
  }

  /** Sends numbers until the other side has heard enough. */
  private static void talk(Wire wire, AtomicBoolean enough) {
    for (int i = 0; !enough.get(); i++) {
      wire.send("{\"number\":" + i + "}");
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static int countUpTo(int code, Wire wire) {
    int next = 0;
    Frame frame = wire.read();
    while (!frame.isClose()) {
      assertThat(frame.text()).isEqualTo("{\"number\":" + next + "}");
      next++;
      frame = wire.read();
    }
    assertThat(frame.closeCode()).isEqualTo(code);
    wire.sendClose(code, "");
    return next;
  }

  @Test
  void sigtermEndsAtOnceWhereNobodyIsThere() {
    try (GatewayProcess gateway =
        GatewayProcess.withoutUpstream().with("SHUTDOWN_GRACE_MS", 60_000).start()) {
      long begun = System.nanoTime();

      assertThat(gateway.terminate()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void aClientThatNeverReadsDoesNotHoldTheEndUp() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway =
            GatewayProcess.behind(upstream).with("SHUTDOWN_GRACE_MS", 0).start();
        TestClient client = gateway.connectDropIn()) {
      TestUpstream.Connection opened = upstream.take().accept();
      Thread pouring =
          Thread.ofVirtual()
              .start(() -> {
                byte[] megabyte = new byte[1 << 20];
                try {
                  while (!client.socket().isClosed()) {
                    opened.sendBinary(megabyte);
                  }
                } catch (UncheckedIOException ended) {
                  // As the gateway is to do.
                }
              });
      await("the upstream to be slowed")
          .atMost(Duration.ofSeconds(10))
          .until(() -> client.socket().getInputStream().available() > 100_000);
      long begun = System.nanoTime();

      assertThat(gateway.terminate()).isZero();

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(7));
      pouring.interrupt();
    }
  }

  @Test
  void killedItStartsAgainOnItsPortAtOnce() {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess killed = GatewayProcess.behind(upstream).start()) {
      List<TestClient> clients = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        clients.add(killed.connectDropIn());
        upstream.take().accept();
      }

      killed.kill();

      try (GatewayProcess next = GatewayProcess.behind(upstream).port(killed.port()).start();
          TestClient client = next.connectDropIn()) {
        upstream.take().accept().send("{\"type\":\"session.created\"}");
        assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
        assertThat(clients).allMatch(TestClient::reachesEnd);
        assertThat(next.out()).contains("\"totalConnections\":1,");
      }
    }
  }

  @Test
  void aLogThatNobodyReadsStopsNothingAndSaysLaterWhatIsLost() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = GatewayProcess.behind(upstream).chatty().unread().start()) {
      gateway.log(20_000);

      expectRelay(gateway, upstream);

      BufferedReader log = new BufferedReader(new InputStreamReader(gateway.unreadOut(), UTF_8));
      Thread more = Thread.ofVirtual().start(() -> gateway.log(5_000));
      String line = log.readLine();
      while (line != null && !line.contains("lines lost")) {
        line = log.readLine();
      }
      assertThat(line)
          .matches(
              "\\S+ WARN ([0-9]{4,5}) log lines lost: standard output was not read;"
                  + " events in them: \\S+ChattyDonna \\1");
      Thread.ofVirtual().start(() -> readOn(log));
      more.join();
      assertThat(gateway.terminate()).isZero();
    }
  }

  @Test
  void aLogThatNobodyReadsDoesNotHoldTheEndUp() {
    try (GatewayProcess gateway = GatewayProcess.withoutUpstream().chatty().unread().start()) {
      gateway.log(20_000);
      long begun = System.nanoTime();

      assertThat(gateway.terminate()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void aLogWhoseReaderIsGoneStopsNothing() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = GatewayProcess.behind(upstream).chatty().unread().start()) {
      gateway.unreadOut().close();
      gateway.log(2_000);

      expectRelay(gateway, upstream);

      assertThat(gateway.terminate()).isZero();
    }
  }

  private static void readOn(BufferedReader log) {
    try {
      while (log.readLine() != null) {}
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private static void expectRelay(GatewayProcess gateway, TestUpstream upstream) {
    try (TestClient client = gateway.connectDropIn()) {
      upstream.take().accept().send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
    }
  }

  private static TestClient get(GatewayProcess gateway, String path) {
    return TestClient.raw(
        gateway.port(),
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
}
