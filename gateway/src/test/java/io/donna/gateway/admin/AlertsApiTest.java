package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.SettableClock;
import io.donna.gateway.kit.TestClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The active alerts, asked for and followed. */
class AlertsApiTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private final SettableClock clock = new SettableClock();

  private RunningGateway start() throws IOException {
    Path rules =
        Files.writeString(
            folder.resolve("alerts.yaml"),
            """
            resolve_after_seconds: 0
            alerts:
              connections_blocked: {threshold: 2, window_seconds: 60}
              attempts_from_one_address: {threshold: 2, window_seconds: 60}
              descriptors: {enabled: false}
            """);
    return RunningGateway.with("ALERTS_FILE", rules).clock(clock).admin().start();
  }

  private static void comeFromAnotherPage(RunningGateway gateway) {
    for (int i = 0; i < 3; i++) {
      try (TestClient client = gateway.connect("Origin: https://evil.example")) {
        assertThat(client.status()).isEqualTo(403);
      }
    }
  }

  private static JsonNode alerts(RunningGateway gateway, String query) {
    return AdminClient.of(gateway).get("/api/v1/alerts" + query).json();
  }

  private static void awaitActive(RunningGateway gateway, int number) {
    await("alerts").atMost(LONG).until(() -> alerts(gateway, "").get("total").asInt() == number);
  }

  @Test
  void listsThoseThatAreActiveUntilTheyEnd() throws IOException {
    try (RunningGateway gateway = start()) {
      assertThat(AdminClient.of(gateway).get("/api/v1/alerts").body())
          .isEqualTo("{\"items\":[],\"total\":0}");
      comeFromAnotherPage(gateway);
      awaitActive(gateway, 2);

      JsonNode blocked = alerts(gateway, "?alert=connections_blocked");
      assertThat(blocked.get("total").asInt()).isEqualTo(1);
      assertThat(blocked.get("items").get(0))
          .isEqualTo(
              JsonMapper.shared()
                  .readTree(
                      "{\"alert\":\"connections_blocked\",\"category\":\"security\","
                          + "\"subject\":null,\"since\":"
                          + blocked.at("/items/0/since")
                          + ",\"value\":3,\"threshold\":2,\"window\":60,\"message\":"
                          + "\"3 connections were refused within 1 min (threshold: 2).\"}"));
      assertThat(
              alerts(gateway, "?alert=attempts_from_one_address").at("/items/0/subject").asString())
          .isEqualTo("127.0.0.xxx");
      assertThat(alerts(gateway, "?category=operations").get("total").asInt()).isZero();
      clock.setAhead(Duration.ofMinutes(3));
      awaitActive(gateway, 1);
      clock.setAhead(Duration.ofMinutes(9)); // attempts of addresses are counted by slices
      awaitActive(gateway, 0);
    }
  }

  @Test
  void isForOperatorsAndViewersOnly() throws IOException {
    try (RunningGateway gateway =
        RunningGateway.with("ADMIN_TOKEN", "a-token-of-operators-of-24-bytes").admin().start()) {
      assertThat(AdminClient.of(gateway).get("/api/v1/alerts").status()).isEqualTo(401);
      assertThat(gateway.get("/api/v1/alerts").statusCode()).isEqualTo(404);
    }
  }

  /** At first, when an alert begins, and when it ends: whoever watches needs to ask for nothing. */
  @Test
  void tellsThoseWhoWatchWhatBeginsAndEnds() throws Exception {
    try (RunningGateway gateway = start();
        HttpClient http = HttpClient.newHttpClient();
        BufferedReader events = watch(http, gateway)) {
      assertThat(nextAlerts(events)).isEmpty();
      comeFromAnotherPage(gateway);
      JsonNode begun = nextAlerts(events);
      assertThat(begun.findValuesAsString("alert"))
          .containsExactlyInAnyOrder("connections_blocked", "attempts_from_one_address");
      try (BufferedReader late = watch(http, gateway)) {
        assertThat(nextAlerts(late)).isEqualTo(begun);
      }
      clock.setAhead(Duration.ofMinutes(3));

      JsonNode last = nextAlerts(events);
      while (last.size() == 2) { // the second subscriber's greeting, or another value
        last = nextAlerts(events);
      }
      assertThat(last.findValuesAsString("alert")).containsExactly("attempts_from_one_address");
      clock.setAhead(Duration.ofMinutes(9));
      while (!last.isEmpty()) {
        last = nextAlerts(events);
      }
      assertThat(alerts(gateway, "").get("total").asInt()).isZero();
    }
  }

  private static BufferedReader watch(HttpClient http, RunningGateway gateway)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + gateway.adminPort() + "/api/v1/events"))
            .build();
    return new BufferedReader(
        new InputStreamReader(
            http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(),
            StandardCharsets.UTF_8));
  }

  private static JsonNode nextAlerts(BufferedReader events) {
    try {
      while (!"event: alerts".equals(events.readLine())) {
        // Another event, which is of no interest here.
      }
      return JsonMapper.shared()
          .readTree(events.readLine().substring("data: ".length()))
          .get("items");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
