package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.MeteringSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.telemetry.Telemetry;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a budget cannot be spent twice by a restart. */
class RestartTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-24T13:30:00Z"), ZoneOffset.UTC);

  @TempDir private Path folder;

  private Path file;
  private MeteringSettings settings;

  @BeforeEach
  void readSettings() throws Exception {
    file = folder.resolve("usage.jsonl");
    settings = Settings.read(Environment.of(Map.of("USAGE_LOG", file.toString()))).metering();
  }

  private void spend(Metering metering, String session, String... ids) {
    Bill bill = new Bill(metering, session);
    bill.setPayer(new Payer("ann", Optional.of("acme"), Optional.of("gold")));
    bill.meter("gpt-realtime-2.1");
    for (String id : ids) {
      Usage usage = new Usage(new Tokens(1_000, 0, 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
      bill.charge(
          Kind.RESPONSE, 1, id, "gpt-realtime-2.1", "completed", false, usage, Optional.empty());
    }
    bill.close();
  }

  private String spentAfterRestart() throws Exception {
    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      Spent spent = metering.ledger().spent(Scope.USER, "ann", Window.MONTH);
      assertThat(metering.ledger().spent(Scope.TENANT, "acme", Window.DAY)).isEqualTo(spent);
      assertThat(metering.ledger().spent(Scope.TIER, "gold", Window.HOUR)).isEqualTo(spent);
      return spent.tokens() + " for " + spent.cost();
    }
  }

  @Test
  void knowsWhatWasSpentBefore() throws Exception {
    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      spend(metering, "s1", "resp_1", "resp_2");
    }
    assertThat(spentAfterRestart()).isEqualTo("2000 for 0.008");

    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      spend(metering, "s2", "resp_1");
      Spent spent = metering.ledger().spent(Scope.USER, "ann", Window.DAY);
      assertThat(spent.tokens()).isEqualTo(3_000);
    }
    assertThat(spentAfterRestart()).isEqualTo("3000 for 0.012");
  }

  @Test
  void countsOnceWhatACrashHadWrittenTwiceOrHalf() throws Exception {
    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      spend(metering, "s1", "resp_1", "resp_2");
    }
    String written = Files.readString(file);
    Files.writeString(file, written + written + written.substring(0, 200));

    assertThat(spentAfterRestart()).isEqualTo("2000 for 0.008");
  }

  @Test
  void knowsWhatWasRotatedAway() throws Exception {
    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      spend(metering, "s1", "resp_1");
    }
    Files.move(file, folder.resolve("usage.jsonl-20261124"));
    try (Metering metering =
        Metering.open(settings, CLOCK, new Telemetry().usage(), MemoryCluster.alone())) {
      spend(metering, "s2", "resp_2");
    }

    assertThat(spentAfterRestart()).isEqualTo("2000 for 0.008");
  }
}
