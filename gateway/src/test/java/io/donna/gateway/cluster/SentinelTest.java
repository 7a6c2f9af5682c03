package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.cluster.ClaimAnswer.Granted;
import io.donna.gateway.kit.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A master that is lost behind sentinels. */
class SentinelTest {
  private final TestRedis master = TestRedis.start();
  private final TestRedis replica =
      TestRedis.start("--replicaof", "127.0.0.1", String.valueOf(master.port()));
  private final List<TestRedis> sentinels = new ArrayList<>();

  @AfterEach
  void stop() {
    sentinels.forEach(TestRedis::close);
    replica.close();
    master.close();
  }

  @Test
  void countsTogetherAgainOnTheServerThatTookOver() {
    for (int i = 0; i < 3; i++) {
      sentinels.add(TestRedis.sentinel("counts", master, 2));
    }
    String url =
        sentinels.stream()
            .map(sentinel -> "127.0.0.1:" + sentinel.port())
            .collect(Collectors.joining(",", "redis-sentinel://", "?sentinelMasterId=counts"));
    try (Cluster one = RedisBackedClusterTest.join(url);
        Cluster other = RedisBackedClusterTest.join(url)) {
      assertThat(one.isAnswering()).isTrue();
      Places<String> places = new Places<>(one, Function.identity());
      assertThat(take(places)).isInstanceOf(Granted.class);
      await("the sentinels know the replica and each other")
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              sentinels.stream()
                  .map(sentinel -> sentinel.command("SENTINEL MASTERS"))
                  .allMatch(said ->
                      said.contains("num-slaves\r\n$1\r\n1")
                          && said.contains("num-other-sentinels\r\n$1\r\n2")));

      master.pause(); // its connections stay open, which is how a machine is lost

      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> replica.command("ROLE").contains("master") && other.isAnswering());
      Places<String> elsewhere = new Places<>(other, Function.identity());
      await("the place that the first replica holds counts again")
          .atMost(Duration.ofSeconds(60))
          .until(() -> isRefused(elsewhere));
    } finally {
      master.resume();
    }
  }

  private static boolean isRefused(Places<String> places) {
    ClaimAnswer answer = take(places);
    places.giveBack("user a");
    return answer.equals(new ClaimAnswer.PlacesTaken(1));
  }

  private static ClaimAnswer take(Places<String> places) {
    int number = places.take("user a", 1);
    return places.claim("user a", number, 1, Optional.empty()).toCompletableFuture().join();
  }
}
