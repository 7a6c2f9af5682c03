package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Redis comes back empty, and a client asks all replicas as fast as they answer. */
class ReturnOverAdmissionTest {
  private static final int MOST = 30;

  @Test
  void neverGrantsMoreThanOnePerReplicaBeyondTheLimit() throws Exception {
    assertThat(most()).isLessThanOrEqualTo(MOST + 3);
  }

  private static int most() throws Exception {
    try (TestRedis redis = TestRedis.start();
        Cluster a = RedisBackedClusterTest.join(redis.url());
        Cluster b = RedisBackedClusterTest.join(redis.url());
        Cluster c = RedisBackedClusterTest.join(redis.url())) {
      List<Cluster> clusters = List.of(a, b, c);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> clusters.stream().allMatch(it -> it.replicas() == 3 && it.isAnswering()));
      List<Places<String>> all = new ArrayList<>();
      clusters.forEach(it -> all.add(new Places<>(it, Function.identity())));
      int held = 0;
      for (int i = 0; i < MOST; i++) {
        if (take(all.get(i % 3))) {
          held++;
        }
      }
      redis.kill();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> clusters.stream().noneMatch(Cluster::isAnswering));
      redis.restart();
      long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
      while (System.nanoTime() < end) {
        for (Places<String> places : all) {
          if (take(places)) {
            held++;
          }
        }
        Thread.sleep(5);
      }
      return held;
    }
  }

  private static boolean take(Places<String> places) {
    int number = places.take("user a", MOST);
    if (number == 0) {
      return false;
    }
    boolean granted =
        places.claim("user a", number, MOST, Optional.empty()).toCompletableFuture().join()
            instanceof ClaimAnswer.Granted;
    if (!granted) {
      places.giveBack("user a");
    }
    return granted;
  }
}
