package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.SettableClock;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Webhook;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The alerts of a running gateway: what clients and upstreams do is what raises them. */
class GatewayAlertsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path folder;
  @AutoClose private final Webhook webhook = Webhook.start();
  private final SettableClock clock = new SettableClock();

  private Path file(String yaml) {
    try {
      return Files.writeString(folder.resolve("alerts.yaml"), yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void comeFromAnotherPage(RunningGateway gateway, int times) {
    for (int i = 0; i < times; i++) {
      try (TestClient client = gateway.connect("Origin: https://evil.example")) {
        assertThat(client.status()).isEqualTo(403);
      }
    }
  }

  private List<Webhook.Question> posts(String part) {
    return webhook.questions().stream().filter(post -> post.body().contains(part)).toList();
  }

  @Test
  void tellsOfTheSignsThatAnOperatorMustWatch() {
    Path rules =
        file(
            """
            resolve_after_seconds: 0
            alerts:
              connections_blocked: {threshold: 5}
              authentication_failures: {threshold: 4}
              rate_limit_exceeded: {threshold: 3}
              attempts_from_one_address: {threshold: 12}
            """);
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream()
            .with("ALERTS_FILE", rules)
            .with("ALERT_WEBHOOK_URL", webhook.uri())
            .with("RATE_LIMIT_MAX_REQUESTS", "10")
            .clock(clock)
            .start()) {
      comeFromAnotherPage(gateway, 5);
      for (int i = 0; i < 4; i++) {
        try (TestClient client = gateway.connect()) {
          client.send("{\"type\":\"authenticate\",\"token\":\"nonsense\"}");
          assertThat(client.readText()).contains("Invalid token");
        }
      }
      for (int i = 0; i < 13; i++) {
        assertThat(gateway.get("/test").statusCode()).isEqualTo(i < 10 ? 200 : 429);
      }

      String begins =
          "\"alert\":\"%s\",\"state\":\"active\",\"value\":%d,\"threshold\":%d,\"window\":300";
      gateway.awaitLog("SECURITY_ALERT: {" + begins.formatted("connections_blocked", 5, 5) + "}");
      gateway.awaitLog(begins.formatted("authentication_failures", 4, 4) + "}");
      gateway.awaitLog(begins.formatted("rate_limit_exceeded", 3, 3) + "}");
      gateway.awaitLog(
          begins.formatted("attempts_from_one_address", 12, 12) + ",\"subject\":\"127.0.0.xxx\"}");
      await().atMost(LONG).untilAsserted(() -> assertThat(posts("alert.active")).hasSize(4));
      assertThat(gateway.gateway().alerts().active()).hasSize(4);
      assertThat(gateway.gateway().telemetry().text())
          .contains("donna_alerts_active{alert=\"connections_blocked\"} 1.0")
          .contains("donna_alerts_active{alert=\"descriptors\"} 0.0");

      clock.setAhead(Duration.ofMinutes(6));
      await().atMost(LONG).untilAsserted(() -> assertThat(posts("alert.resolved")).hasSize(3));
      // Attempts are counted by slices, and the clock has moved within one.
      clock.setAhead(Duration.ofMinutes(12));

      await().atMost(LONG).untilAsserted(() -> assertThat(posts("alert.resolved")).hasSize(4));
      gateway.awaitLog("\"alert\":\"connections_blocked\",\"state\":\"resolved\",\"value\":0");
      assertThat(gateway.gateway().alerts().active()).isEmpty();
    }
  }

  @Test
  void postsOnceOfAFloodHoweverSlowTheWebhookIs() {
    webhook.hold();
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream()
            .with("ALERTS_FILE", file("alerts: {connections_blocked: {threshold: 10}}"))
            .with("ALERT_WEBHOOK_URL", webhook.uri())
            .clock(clock)
            .start()) {
      comeFromAnotherPage(gateway, 20);
      gateway.awaitLog("SECURITY_ALERT");

      for (int minute = 1; minute < 10; minute++) {
        clock.setAhead(Duration.ofMinutes(minute));
        comeFromAnotherPage(gateway, 50);
      }
      webhook.release();

      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      // Whoever does not answer within ten seconds is told the same again.
      assertThat(posts("connections_blocked").stream().map(Webhook.Question::body).distinct())
          .hasSize(1);
      assertThat(gateway.log().stream().filter(line -> line.contains("\"connections_blocked\"")))
          .hasSize(1);
    }
  }

  @Test
  void appliesAFileThatChangesAndKeepsTheRulesWhereItHasMistakes() {
    try (CapturedLog log = new CapturedLog();
        RunningGateway gateway =
            RunningGateway.withoutUpstream()
                .with("ALERTS_FILE", file("alerts: {connections_blocked: {threshold: 1000}}"))
                .start()) {
      comeFromAnotherPage(gateway, 8);
      file("alerts:\n  connections_blocked: {threshold: 8}\n  attempts: {}");
      await()
          .atMost(LONG)
          .until(() ->
              log.lines().stream()
                  .anyMatch(
                      line -> line.contains("ALERTS_FILE line 3: unknown alert \"attempts\"")));
      assertThat(gateway.gateway().alerts().active()).isEmpty();

      file("alerts:\n  connections_blocked: {threshold: 8}\n");

      gateway.awaitLog("\"alert\":\"connections_blocked\",\"state\":\"active\",\"value\":8");
      file("alerts:\n  connections_blocked: {enabled: false}\n");
      gateway.awaitLog("\"alert\":\"connections_blocked\",\"state\":\"resolved\",\"value\":8");
    }
  }

  @Test
  void tellsOfAnUpstreamThatFails() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      for (int i = 0; i < 5; i++) {
        try (TestClient client = gateway.connectRealtime()) {
          assertThat(client.readText()).contains("upstream_");
        }
      }

      gateway.awaitLog(
          "OPERATIONS_ALERT: {\"alert\":\"upstream_failing\",\"state\":\"active\",\"value\":1,"
              + "\"threshold\":0.1,\"window\":300,\"subject\":\"openai\"}");
    }
  }

  @Test
  void blamesNoUpstreamForWhatClientsAskFor() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      upstream.handEachTo(
          connection -> connection.answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
      for (int i = 0; i < 6; i++) {
        try (TestClient client = gateway.connectRealtime()) {
          assertThat(client.readText()).contains("\"error\"");
        }
      }

      assertThat(gateway.gateway().telemetry().text())
          .contains(
              "donna_upstream_openings_total{outcome=\"client_error\",server=\"openai\"} 6.0");
      assertThat(gateway.gateway().telemetry().upstreams().byServer()).isEmpty();
    }
  }

  /** 403 and 404 may be about the model that the client names, or about the gateway's settings. */
  @ParameterizedTest
  @CsvSource({"403, nonsense, true", "404, nonsense, true", "403,, false", "404,, false"})
  void blamesAnUpstreamForAModelOnlyIfTheSettingsNameIt(
      int status, String model, boolean blamesClient) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      upstream.handEachTo(connection ->
          connection.answer("HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\n\r\n"));
      String query = model == null ? "" : "?model=" + model;
      try (TestClient client =
          TestClient.connect(
              gateway.port(), "/v1/realtime" + query, RunningGateway.bearer("user123"))) {
        assertThat(client.readText()).contains("upstream_refused");
      }

      assertThat(gateway.gateway().telemetry().upstreams().byServer().isEmpty())
          .isEqualTo(blamesClient);
    }
  }

  @Test
  void tellsOfItsOwnCertificate() throws IOException {
    TestCertificates certificates = new TestCertificates();
    Instant end = Instant.now().plus(Duration.ofDays(5));
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream()
            .overTls(certificates.writeServer(folder, builder -> builder.notAfter(end)))
            .start()) {
      gateway.awaitLog(
          "OPERATIONS_ALERT: {\"alert\":\"certificate_expiring\",\"state\":\"active\"");
      assertThat(gateway.gateway().alerts().active())
          .singleElement()
          .satisfies(alert ->
              assertThat(alert.value()).isBetween(new BigDecimal("4.9"), new BigDecimal(5)));
    }
  }

  @Test
  void tellsOfModelsOfSettingsAliasesAndPolicyThatEnd() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            default_tier: free
            tiers:
              free:
                models: {allowed: [gpt-realtime-mini], default: gpt-realtime-mini}
            """);
    RunningGateway.Builder settings =
        RunningGateway.withoutUpstream()
            .with("OPENAI_REALTIME_MODEL", "gpt-realtime")
            .with(
                "MODEL_ALIASES",
                "gpt-realtime-mini-2025-10-06=gpt-realtime-2.1,old=gpt-realtime-2025-08-28")
            .with("POLICY_FILE", policy);
    try (RunningGateway gateway = settings.start()) {
      gateway.awaitLog("\"subject\":\"gpt-realtime\"}");
      gateway.awaitLog("\"subject\":\"gpt-realtime-mini\"}");
      gateway.awaitLog("\"subject\":\"gpt-realtime-2025-08-28\"}");
      assertThat(gateway.gateway().alerts().active()).hasSize(3);
    }
  }

  @Test
  void saysNothingOfModelsOfOtherServices() {
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream()
            .with("UPSTREAM", "custom")
            .with("UPSTREAM_URL", "ws://127.0.0.1:1/")
            .with("UPSTREAM_MODEL", "gpt-realtime")
            .with("ALERTS_FILE", file("alerts: {connections_blocked: {threshold: 1}}"))
            .start()) {
      comeFromAnotherPage(gateway, 1);
      // By then, all rules have been evaluated.
      gateway.awaitLog("SECURITY_ALERT");

      assertThat(gateway.log()).noneMatch(line -> line.contains("model_retiring"));
    }
  }
}
