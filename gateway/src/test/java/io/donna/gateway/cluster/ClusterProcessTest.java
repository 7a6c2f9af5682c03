package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Replicas as processes: what they load, and what is left of one that was killed. */
class ClusterProcessTest {
  private static final String LOADED = "-Xlog:class+load=info:stdout";

  @AutoClose private final TestUpstream upstream = TestUpstream.start();
  @AutoClose private final TestRedis redis = TestRedis.start();

  private GatewayProcess start(String... java) {
    return GatewayProcess.behind(upstream)
        .with("REDIS_URL", redis.url())
        .with("REDIS_TIMEOUT_MS", 2_000)
        .with("MAX_CONNECTIONS_PER_IP", 2)
        .java(java)
        .start();
  }

  @Test
  void loadsNoClassOfLettuceWithoutRedis() {
    try (GatewayProcess gateway = GatewayProcess.behind(upstream).java(LOADED).start();
        TestClient client = gateway.connect()) {
      assertThat(client.status()).isEqualTo(101);
      gateway.terminate();

      assertThat(gateway.out())
          .contains("io.donna.gateway.cluster.MemoryCluster")
          .doesNotContain("io.lettuce", "reactor.core", "io.donna.gateway.cluster.redis");
    }
  }

  @Test
  void saysNothingOfItsOwnInTheNameOfALibrary() {
    try (GatewayProcess gateway = start()) {
      redis.kill();
      gateway.awaitOut("Redis cannot be used, so this replica grants 1/1 of each limit:");
      redis.restart();
      gateway.awaitOut("limits are shared through Redis, by 1 replicas");
      gateway.terminate();

      assertThat(gateway.out()).doesNotContain("lettuce", "reactor", "netty", "Exception");
    }
  }

  @Test
  void freesThePlacesOfAReplicaThatWasKilledWithinSeconds() {
    try (GatewayProcess lost = start();
        GatewayProcess left = start()) {
      List<TestClient> clients = Stream.of(lost.connect(), lost.connect()).toList();
      assertThat(clients).allMatch(client -> client.status() == 101);
      assertThat(statusAt(left)).isEqualTo(429);

      lost.kill();

      await().atMost(Duration.ofSeconds(15)).until(() -> statusAt(left) == 101);
      clients.forEach(TestClient::close);
    }
  }

  private static int statusAt(GatewayProcess gateway) {
    try (TestClient client = gateway.connect()) {
      return client.status();
    }
  }
}
