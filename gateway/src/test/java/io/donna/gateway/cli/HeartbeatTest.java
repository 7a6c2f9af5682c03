package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.audit.OperationsEvent;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<OperationsEvent.Heartbeat> beats = new CopyOnWriteArrayList<>();
  private final AtomicLong lost = new AtomicLong();

  private Heartbeat start(RunningGateway gateway, Duration interval) {
    return Heartbeat.start(
        interval,
        gateway.gateway()::status,
        lost::get,
        event -> beats.add((OperationsEvent.Heartbeat) event));
  }

  private OperationsEvent.Heartbeat beat(Heartbeat heartbeat) {
    heartbeat.close();
    return beats.getLast();
  }

  @Test
  void beatsAtItsIntervalAndNoMoreWhenItHasStopped() throws InterruptedException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Heartbeat heartbeat = start(gateway, Duration.ofMillis(20));
      await().atMost(PATIENCE).until(() -> beats.size() >= 5);
      heartbeat.close();
      int beaten = beats.size();
      Thread.sleep(200);

      assertThat(beats).hasSize(beaten);
    }
  }

  @Test
  void saysWhatIsLiveAndWhatIsHeld() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("ann")) {
      upstream.take().accept().send("{\"type\":\"session.created\"}");
      client.readText();

      OperationsEvent.Heartbeat beat = beat(start(gateway, Heartbeat.INTERVAL));

      assertThat(beat.sessions()).isEqualTo(1);
      assertThat(beat.connections()).isEqualTo(1);
      assertThat(beat.upstreamConnections()).isEqualTo(1);
      assertThat(beat.upstreamsUp()).isEqualTo(1);
      assertThat(beat.upstreamsDown()).isZero();
      assertThat(beat.heldBytesLimit()).isPositive();
    }
  }

  @Test
  void countsRefusalsAndLostLinesSinceTheLast() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Heartbeat heartbeat = start(gateway, Duration.ofMillis(20));
      for (int i = 0; i < 7; i++) {
        try (TestClient refused = gateway.connect("Origin: https://evil.example")) {
          assertThat(refused.status()).isEqualTo(403);
        }
        lost.addAndGet(3);
      }
      heartbeat.close();

      assertThat(beats.stream().mapToLong(OperationsEvent.Heartbeat::refusals).sum()).isEqualTo(7);
      assertThat(beats.stream().mapToLong(OperationsEvent.Heartbeat::logLinesLost).sum())
          .isEqualTo(21);
    }
  }

  @Test
  void saysThatAnUpstreamIsDown() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      for (int i = 0; i < 3; i++) {
        try (TestClient client = gateway.connectDropInAs("ann")) {
          client.reachesEnd();
        }
      }

      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(gateway.gateway().status().upstreamsDown()).isEqualTo(1));
      assertThat(gateway.gateway().status().upstreamsUp()).isZero();
    }
  }
}
