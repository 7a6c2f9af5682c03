package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;

/** The same counts in a Redis Cluster, where each owner's are on one of three servers. */
class RedisClusterTest extends ClusterContract {
  private static final int SLOTS = 16_384;

  @AutoClose private final TestRedis first = TestRedis.start("--cluster-enabled", "yes");
  @AutoClose private final TestRedis second = TestRedis.start("--cluster-enabled", "yes");
  @AutoClose private final TestRedis third = TestRedis.start("--cluster-enabled", "yes");

  /** Before the replicas join, which the contract does. */
  RedisClusterTest() {
    List<TestRedis> servers = List.of(first, second, third);
    for (int i = 0; i < servers.size(); i++) {
      int from = SLOTS * i / servers.size();
      int to = SLOTS * (i + 1) / servers.size();
      String slots =
          IntStream.range(from, to).mapToObj(String::valueOf).collect(Collectors.joining(" "));
      assertThat(servers.get(i).command("CLUSTER ADDSLOTS " + slots)).contains("OK");
      assertThat(servers.get(i).command("CLUSTER SET-CONFIG-EPOCH " + (i + 1))).contains("OK");
    }
    for (TestRedis other : List.of(second, third)) {
      assertThat(first.command("CLUSTER MEET 127.0.0.1 " + other.port())).contains("OK");
    }
    await("the servers know each other")
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            Stream.of(first, second, third)
                .map(server -> server.command("CLUSTER INFO"))
                .allMatch(info ->
                    info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")));
  }

  @Override
  Cluster join() {
    String servers =
        Stream.of(first, second)
            .map(server -> "127.0.0.1:" + server.port())
            .collect(Collectors.joining(","));
    return RedisBackedClusterTest.join("redis-cluster://" + servers);
  }
}
