package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.LoadBalancer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the files in deploy/ are what their programs take. Prometheus and HAProxy run theirs. */
class DeployTest {
  private static final Path UNIT = Path.of("../deploy/systemd/donna-gateway.service");
  private static final Pattern EXPOSURE = Pattern.compile("Overall exposure level.*: (\\d+\\.\\d)");

  @TempDir private Path folder;

  /** The unit, as it would be where the gateway is installed. */
  private Path installed() throws IOException {
    String unit = Files.readString(UNIT);
    assertThat(unit).contains("ExecStart=/opt/donna/donna serve\n");
    return Files.writeString(
        folder.resolve("donna-gateway.service"),
        unit.replace("/opt/donna/donna", Tools.locate("true").toString()));
  }

  @Test
  void theUnitIsValidAndAsExposedAsTheDocumentsSay() throws IOException {
    Tools.need("systemd-analyze");
    String unit = installed().toString();
    Tools.Run valid = Tools.run(folder, "", "systemd-analyze", "verify", unit);
    assertThat(valid.output()).isEmpty();
    assertThat(valid.status()).isZero();

    Tools.Run security =
        Tools.run(folder, "", "systemd-analyze", "security", "--offline=true", "--no-pager", unit);
    Matcher exposure = EXPOSURE.matcher(security.output());
    assertThat(exposure.find()).as(security.output()).isTrue();
    assertThat(Files.readString(Path.of("../docs/operations.md")).replace('\n', ' '))
        .contains("rates its exposure " + exposure.group(1) + " of 10");
  }

  /** Calls pass; new ones avoid a replica that stops, and nobody claims another's address. */
  @Test
  void nginxTakesCallsToReplicasThatServe() {
    List<RunningGateway> replicas = new ArrayList<>();
    try (Simulator upstream = Simulator.builder().start()) {
      for (int i = 0; i < 3; i++) {
        replicas.add(
            RunningGateway.behind(upstream.uri())
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .with("MAX_CONNECTIONS_PER_IP", 100)
                .with("RATE_LIMIT_MAX_REQUESTS", 1_000)
                .with("SHUTDOWN_GRACE_MS", 30_000)
                .start());
      }
      try (LoadBalancer nginx =
              LoadBalancer.nginx(replicas.stream().map(RunningGateway::port).toList(), folder);
          TestClient going = call(nginx)) {
        assertThat(going.readText()).contains("session.created");
        Thread.ofVirtual().start(() -> drain(replicas.getFirst()));
        await()
            .atMost(Duration.ofSeconds(5))
            .until(() -> replicas.getFirst().get("/health").statusCode() == 503);

        for (int i = 0; i < 12; i++) {
          try (TestClient client = call(nginx)) {
            assertThat(client.status()).isEqualTo(101);
            assertThat(client.readText()).contains("session.created");
          }
        }
        going.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");
        assertThat(going.readText()).contains("session.updated");
        assertThat(replicas)
            .allSatisfy(
                replica -> assertThat(replica.log()).noneMatch(line -> line.contains("203.0.113")));
      }
    } finally {
      replicas.forEach(RunningGateway::close);
    }
  }

  private static TestClient call(LoadBalancer nginx) {
    return TestClient.connect(
        nginx.port(),
        "/v1/realtime?model=gpt-realtime-2.1",
        RunningGateway.bearer("ann"),
        "X-Forwarded-For: 203.0.113.7",
        "Forwarded: for=203.0.113.7");
  }

  private static void drain(RunningGateway replica) {
    try {
      replica.gateway().drain();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
