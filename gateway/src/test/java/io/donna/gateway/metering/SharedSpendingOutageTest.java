package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.redis.RedisBackedCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.TestRedis;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.telemetry.Telemetry;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a month of accounts does to a replica whose Redis is away for a moment. */
class SharedSpendingOutageTest {
  private static final int ACCOUNTS = 2_000;

  private static void spend(Ledger ledger, int user) {
    Usage usage = new Usage(new Tokens(1, 0, 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
    ledger.settle(
        Optional.empty(),
        new Charge(
            Clock.systemUTC().instant(),
            "s",
            new Payer("user-" + user, Optional.empty(), Optional.empty()),
            "m",
            Kind.RESPONSE,
            1,
            "id",
            "completed",
            false,
            usage,
            BigDecimal.ONE));
  }

  @Test
  void changesOnceThereAndOnceBackHoweverManyAccountsThereAre() throws Exception {
    try (TestRedis redis = TestRedis.start()) {
      Settings settings =
          Settings.read(
              Environment.of(Map.of("REDIS_URL", redis.url(), "REDIS_TIMEOUT_MS", "250")));
      try (Cluster cluster = RedisBackedCluster.join(settings.cluster().orElseThrow());
          Metering metering =
              Metering.open(
                  settings.metering(), Clock.systemUTC(), new Telemetry().usage(), cluster)) {
        await().atMost(Duration.ofSeconds(10)).until(cluster::isAnswering);
        List<Boolean> changes = new CopyOnWriteArrayList<>();
        cluster.onChange(changes::add);
        for (int i = 0; i < ACCOUNTS; i++) {
          spend(metering.ledger(), i);
        }
        redis.kill();
        await().atMost(Duration.ofSeconds(10)).until(() -> changes.equals(List.of(false)));
        redis.restart();

        await()
            .during(Duration.ofSeconds(6))
            .atMost(Duration.ofSeconds(20))
            .until(() -> changes.equals(List.of(false, true)));
        assertThat(
                cluster
                    .exchange(
                        new Cluster.Subject("USER user-" + (ACCOUNTS - 1), SharedSpending.KEPT),
                        Map.of(),
                        List.of())
                    .toCompletableFuture()
                    .get()
                    .orElseThrow())
            .as("the last of them has been stated again")
            .isNotEmpty();
      }
    }
  }
}
