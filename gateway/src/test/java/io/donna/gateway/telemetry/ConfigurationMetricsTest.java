package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which configuration is in force, and since when, as the metrics tell it. */
class ConfigurationMetricsTest {
  private static final Pattern HASH = Pattern.compile("(?m)^donna_config_hash(\\S*) (\\S+)$");
  private static final String RELOADED = "donna_config_last_reload_success_timestamp_seconds";
  private static final String POLICY = "default_tier: a\ntiers:\n  a: {limits: {sessions: %s}}\n";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static double hash(RunningGateway gateway) {
    List<String> values =
        HASH.matcher(gateway.gateway().telemetry().text())
            .results()
            .map(found -> {
              assertThat(found.group(1)).as("labels").isEmpty();
              return found.group(2);
            })
            .toList();
    assertThat(values).hasSize(1);
    return Double.parseDouble(values.getFirst());
  }

  private static double hashOf(RunningGateway.Builder settings) {
    try (RunningGateway gateway = settings.start()) {
      return hash(gateway);
    }
  }

  private static double reloaded(RunningGateway gateway) {
    return Pattern.compile("(?m)^" + RELOADED + " (\\S+)$")
        .matcher(gateway.gateway().telemetry().text())
        .results()
        .mapToDouble(found -> Double.parseDouble(found.group(1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void tellsSettingsApartAndSaysNothingOfSecrets() {
    double usual = hashOf(RunningGateway.with("MAX_CONNECTIONS", 100));

    assertThat(usual).isPositive().isLessThan(Math.pow(2, 48)).isEqualTo(Math.rint(usual));
    assertThat(hashOf(RunningGateway.with("MAX_CONNECTIONS", 100))).isEqualTo(usual);
    assertThat(hashOf(RunningGateway.with("MAX_CONNECTIONS", 101))).isNotEqualTo(usual);
    for (String secret : List.of("JWT_SECRET", "OPENAI_API_KEY")) {
      assertThat(
              hashOf(
                  RunningGateway.with("MAX_CONNECTIONS", 100)
                      .with(secret, "sk-another-secret-of-another-length-for-HS256")))
          .as(secret)
          .isEqualTo(usual);
    }
  }

  /** A file with a mistake changes nothing; the same contents are the same configuration. */
  @Test
  void followsTheContentsThatAreInForce() throws IOException, InterruptedException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY.formatted(5));
    long begun = Instant.now().getEpochSecond();
    try (RunningGateway gateway = RunningGateway.with("POLICY_FILE", policy).start()) {
      gateway.gateway().reloadFiles();
      double first = hash(gateway);
      assertThat(reloaded(gateway)).isBetween((double) begun, begun + 60.0);

      Files.writeString(policy, POLICY.formatted(6));
      gateway.gateway().reloadFiles();
      double second = hash(gateway);
      assertThat(second).isNotEqualTo(first);
      Files.writeString(policy, POLICY.formatted("many"));
      assertThat(gateway.gateway().reloadFiles().getFirst().problem()).isPresent();
      assertThat(hash(gateway)).isEqualTo(second);
      Files.writeString(policy, POLICY.formatted(5));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(hash(gateway)).isEqualTo(first));
    }
  }

  @Test
  void followsFilesThatAreReadAtTheStartOnly() throws IOException {
    String prices =
        Files.readString(Path.of("src/main/resources/io/donna/gateway/config/prices.yaml"));
    Path file = Files.writeString(folder.resolve("prices.yaml"), prices);
    double before = hashOf(RunningGateway.with("PRICES_FILE", file));
    Files.writeString(file, prices + "# another edition\n");

    assertThat(hashOf(RunningGateway.with("PRICES_FILE", file))).isNotEqualTo(before);
  }

  /** The certificate counts, its private key does not. */
  @Test
  void leavesPrivateKeysOut() throws IOException, InterruptedException {
    TestCertificates.Pair files = new TestCertificates().writeServer(folder);
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start()) {
      gateway.gateway().reloadFiles();
      double first = hash(gateway);
      String key = Files.readString(files.key());

      Files.writeString(files.key(), key.replace("-----END", "\n-----END"));
      gateway.gateway().reloadFiles();
      assertThat(hash(gateway)).isEqualTo(first);
      Files.writeString(files.certificate(), Files.readString(files.certificate()) + "# renewed\n");
      gateway.gateway().reloadFiles();
      assertThat(hash(gateway)).isNotEqualTo(first);
    }
  }
}
