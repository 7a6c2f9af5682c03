package io.donna.gateway.cluster;

import io.donna.gateway.cluster.redis.RedisBackedCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.TestRedis;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;

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
}
