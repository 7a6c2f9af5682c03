package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.ProcessFigures;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Half load with random faults, here for seconds; {@code ./donna soak} runs the same for minutes
 * and prints what it measured.
 */
class SoakTest {
  private static final double MINUTES =
      Double.parseDouble(System.getProperty("donna.soak.minutes", "0.12"));
  private static final int SESSIONS = Integer.getInteger("donna.soak.sessions", 30);
  private static final Duration LONGEST_LIFE = Duration.ofSeconds(8);
  private static final long MEGABYTE = 1 << 20;

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void losesReordersAndChangesNothingAndComesBackToNothing() throws Exception {
    Duration time = Duration.ofMillis((long) (MINUTES * 60_000));
    try (TestUpstream upstream = TestUpstream.start();
        GatewayProcess gateway = gateway(upstream);
        Soak soak = new Soak(gateway, upstream, SESSIONS, longestLife(time))) {
      warmUp(gateway, upstream);
      ProcessFigures figures = gateway.figures();
      int descriptorsBefore = figures.descriptors();

      soak.begin();
      double saturated = rate(soak, time.dividedBy(4));
      soak.setRate(saturated / 2);
      rate(soak, time.dividedBy(4));
      Reading early = Reading.of(gateway);
      Duration cpu = figures.cpu();
      double half = rate(soak, time.dividedBy(2));
      double cores = (double) figures.cpu().minus(cpu).toNanos() / time.dividedBy(2).toNanos();
      Reading late = Reading.of(gateway);
      soak.finish();

      assertThat(soak.failures()).isEmpty();
      await("every connection to be gone and uncounted")
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              remaining(gateway).endsWith("\"remainingConnections\":0}")
                  && figures.descriptors() <= descriptorsBefore);
      LiveObjects left = LiveObjects.of(gateway.process());
      print(soak, saturated, half, cores, early, late, figures, descriptorsBefore, left);
      assertThat(soak.delivered()).isGreaterThan(100L * SESSIONS);
      for (SoakFault fault : SoakFault.values()) {
        assertThat(soak.ended(fault)).as(fault.name()).isPositive();
      }
      for (String perSession :
          new String[] {
            "io.donna.gateway.session.Session",
            "io.donna.gateway.websocket.Leg",
            "io.donna.gateway.websocket.FrameParser",
            "io.netty.channel.epoll.EpollSocketChannel",
            "io.netty.channel.kqueue.KQueueSocketChannel"
          }) {
        assertThat(left.instancesOf(perSession)).as(perSession).isZero();
      }
      assertThat(late.heap() - early.heap()).as("live heap").isLessThan(4 * MEGABYTE);
      assertThat(late.resident() - early.resident()).as("resident").isLessThan(32 * MEGABYTE);
      // Netty tells of leaks when the next buffer is taken.
      health(gateway);
      assertThat(gateway.out()).doesNotContain("LEAK", " ERROR ", "lines are lost");
      assertThat(gateway.terminate()).isZero();
    }
  }

  private static Duration longestLife(Duration time) {
    Duration quarter = time.dividedBy(4);
    return quarter.compareTo(LONGEST_LIFE) < 0 ? quarter : LONGEST_LIFE;
  }

  /** One session and one look: what a process opens once is open then. */
  private static void warmUp(GatewayProcess gateway, TestUpstream upstream) {
    try (TestClient client = gateway.connectDropIn()) {
      upstream.take().accept().sendClose(1000, "");
      assertThat(client.readClose().closeCode()).isEqualTo(1000);
      client.sendClose(1000, "");
      assertThat(client.reachesEnd()).isTrue();
    }
    health(gateway);
    LiveObjects.of(gateway.process());
  }

  private static void health(GatewayProcess gateway) {
    String request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (TestClient client = TestClient.raw(gateway.port(), request)) {
      assertThat(client.status()).isEqualTo(200);
      assertThat(client.reachesEnd()).isTrue();
    }
  }

  /** The last of the log's lines that says how many are there. */
  private static String remaining(GatewayProcess gateway) {
    return gateway
        .out()
        .lines()
        .filter(line -> line.contains("WS_CONNECTION_CLOSED"))
        .reduce("", (before, line) -> line);
  }

  private static GatewayProcess gateway(TestUpstream upstream) {
    return GatewayProcess.behind(upstream)
        .java("@" + Path.of("..", "build", "jvm.flags").toAbsolutePath().normalize())
        .java("-Dio.netty.leakDetection.level=paranoid")
        .start();
  }

  /** What was delivered a second, over {@code time}; ends early where something is wrong. */
  private static double rate(Soak soak, Duration time) {
    long begun = System.nanoTime();
    long before = soak.delivered();
    await()
        .atMost(time.plusSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !soak.failures().isEmpty() || System.nanoTime() - begun >= time.toNanos());
    return (soak.delivered() - before) * 1e9 / (System.nanoTime() - begun);
  }

  private record Reading(long heap, long resident, int descriptors) {
    static Reading of(GatewayProcess gateway) {
      long heap = LiveObjects.of(gateway.process()).bytes();
      return new Reading(heap, gateway.figures().residentBytes(), gateway.figures().descriptors());
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "live heap %.1f MB, resident %d MB, %d descriptors",
          heap / (double) MEGABYTE,
          resident / MEGABYTE,
          descriptors);
    }
  }

  private static void print(
      Soak soak,
      double saturated,
      double half,
      double cores,
      Reading early,
      Reading late,
      ProcessFigures figures,
      int descriptorsBefore,
      LiveObjects left) {
    StringBuilder report = new StringBuilder();
    report.append(
        String.format(
            Locale.ROOT,
            "soak: %.1f minutes, %d sessions at a time, %d in all; %d messages delivered%n",
            MINUTES,
            SESSIONS,
            soak.sessions(),
            soak.delivered()));
    report.append(
        String.format(
            Locale.ROOT,
            "  saturated %.0f messages a second, then %.0f (gateway: %.2f cores)%n",
            saturated,
            half,
            cores));
    report.append("  a quarter of half load: ").append(early.text()).append('\n');
    report.append("  its end:                ").append(late.text()).append('\n');
    report.append(
        String.format(
            Locale.ROOT,
            "  nobody there:           live heap %.1f MB, resident %d MB, %d descriptors (%d before)%n",
            left.bytes() / (double) MEGABYTE,
            figures.residentBytes() / MEGABYTE,
            figures.descriptors(),
            descriptorsBefore));
    for (SoakFault fault : SoakFault.values()) {
      report.append(String.format(Locale.ROOT, "  %-26s %d%n", fault, soak.ended(fault)));
    }
    System.out.print(report);
  }
}
