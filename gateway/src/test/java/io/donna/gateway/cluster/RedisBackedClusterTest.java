package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.cluster.redis.RedisBackedCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.TestRedis;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RedisBackedClusterTest extends ClusterContract {
  @AutoClose private final TestRedis redis = TestRedis.start();

  @Override
  Cluster join() {
    return join(redis.url());
  }

  /** A replica that waits longer for an answer than it would, as the tests' machine is busy. */
  static Cluster join(String url) {
    try {
      Map<String, String> variables =
          Map.of("REDIS_URL", url, "REDIS_TIMEOUT_MS", "2000", "REPLICA_NAME", "test");
      return RedisBackedCluster.join(
          Settings.read(Environment.of(variables)).cluster().orElseThrow());
    } catch (InvalidSettings e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitAnswering(Cluster cluster, boolean answering) {
    await().atMost(Duration.ofSeconds(10)).until(() -> cluster.isAnswering() == answering);
  }

  /** Whoever hangs up while Redis is away must not be counted when it is back. */
  @Test
  void freesPlacesThatWereGivenBackWhileRedisWasAway() {
    try (TestRedis away = TestRedis.start();
        Cluster one = join(away.url());
        Cluster other = join(away.url())) {
      Places<String> held = new Places<>(one, Function.identity());
      Places<String> elsewhere = new Places<>(other, Function.identity());
      for (int i = 0; i < 3; i++) {
        assertThat(claim(held, 3)).isInstanceOf(ClaimAnswer.Granted.class);
      }
      assertThat(isGranted(elsewhere, 3)).isFalse();
      away.pause();
      try {
        awaitAnswering(one, false);
        for (int i = 0; i < 3; i++) {
          held.giveBack("user a");
        }
      } finally {
        away.resume();
      }

      awaitAnswering(one, true);
      awaitAnswering(other, true);
      await().atMost(Duration.ofSeconds(5)).until(() -> isGranted(elsewhere, 3));
    }
  }

  /** One whose list of replicas is older than the other's return must not drop what it states. */
  @Test
  void countsThePlacesOfAReplicaAfterRedisHasForgottenThem() {
    try (TestRedis away = TestRedis.start();
        Cluster one = join(away.url());
        Cluster other = join(away.url())) {
      Places<String> held = new Places<>(one, Function.identity());
      Places<String> elsewhere = new Places<>(other, Function.identity());
      assertThat(claim(held, 1)).isInstanceOf(ClaimAnswer.Granted.class);
      away.kill();
      awaitAnswering(one, false);
      awaitAnswering(other, false);
      away.restart();
      awaitAnswering(other, true);

      long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
      boolean granted = true;
      while (System.nanoTime() < end) {
        granted = isGranted(elsewhere, 1);
      }
      assertThat(granted).isFalse();
    }
  }

  /** One who can write to Redis must not end the counting for an owner, or for a replica. */
  @Test
  void countsBesideWhatNoReplicaHasWritten() {
    try (TestRedis shared = TestRedis.start();
        Cluster one = join(shared.url())) {
      Places<String> places = new Places<>(one, Function.identity());
      assertThat(claim(places, 3)).isInstanceOf(ClaimAnswer.Granted.class);
      String key = shared.command("KEYS *places").lines().toList().get(2);
      shared.command("HSET " + key + " foreign 7 000000000000001.x many");

      assertThat(claim(places, 3)).isInstanceOf(ClaimAnswer.Granted.class);
      assertThat(shared.command("HLEN " + key)).startsWith(":1");
    }
  }

  private static ClaimAnswer claim(Places<String> places, int most) {
    int number = places.take("user a", most);
    return places.claim("user a", number, most, Optional.empty()).toCompletableFuture().join();
  }

  /** Whether one more would be; it is given back. */
  private static boolean isGranted(Places<String> places, int most) {
    ClaimAnswer answer = claim(places, most);
    places.giveBack("user a");
    return answer instanceof ClaimAnswer.Granted;
  }
}
