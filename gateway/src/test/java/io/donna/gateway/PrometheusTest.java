package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That the files in deploy/ work with a real Prometheus. */
class PrometheusTest {
  private static final Path RULES = Path.of("../deploy/prometheus").toAbsolutePath().normalize();
  private static final Path DASHBOARD = Path.of("../deploy/grafana/donna.json");

  @TempDir private Path folder;

  @Test
  void theRulesAreValidAndEachFiresOnWhatItIsFor() {
    Tools.need("promtool");
    Tools.Run check = Tools.run(RULES, "", "promtool", "check", "config", "prometheus.yml");
    assertThat(check.status()).as(check.output()).isZero();
    Tools.Run test = Tools.run(RULES, "", "promtool", "test", "rules", "alerts_test.yml");
    assertThat(test.status()).as(test.output()).isZero();
  }

  @Test
  void everyQueryOfTheDashboardReturnsData() throws Exception {
    Tools.need("prometheus");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("POLICY_FILE", policy()).admin().start()) {
      gateway
          .gateway()
          .telemetry()
          .gauge("donna.build.info", "", () -> 1, "version", "test", "jdk", "25");
      Prometheus prometheus = Prometheus.start(folder, gateway.adminPort());
      try {
        List<String> missing = new ArrayList<>(queries());
        assertThat(missing).hasSizeGreaterThan(25);
        await("an answer to each query")
            .atMost(Duration.ofSeconds(40))
            .pollInterval(Duration.ofSeconds(1))
            .untilAsserted(() -> {
              use(gateway, upstream);
              missing.removeIf(prometheus::answers);
              assertThat(missing).isEmpty();
            });
      } finally {
        prometheus.process.destroyForcibly().waitFor();
      }
    }
  }

  private Path policy() throws IOException {
    return Files.writeString(
        folder.resolve("policy.yaml"),
        """
        default_tier: standard
        tiers:
          standard:
            models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}
            budgets:
              - {per: tier, window: day, usd: 100}
            guards:
              - {name: names, on: [assistant], patterns: ['secret'], action: log}
        """);
  }

  /** A little of everything that the dashboard shows. */
  private static void use(RunningGateway gateway, TestUpstream upstream) {
    gateway.get("/health", "Origin", "https://elsewhere.example", "Host-Test", "1");
    try (TestClient refused = gateway.connectDropIn("Authorization: Bearer nonsense")) {
      assertThat(refused.status()).isEqualTo(101);
    }
    try (Talk talk = new Talk(gateway.connectDropInAs("ann"), upstream.take().accept())) {
      talk.client.send("{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
      talk.client.send("no JSON");
      talk.client.readUntil("error");
      say(talk, "{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
      say(
          talk,
          "{\"type\":\"response.output_audio.delta\",\"response_id\":\"r1\",\"item_id\":\"i1\","
              + "\"delta\":\"AAAA\"}");
      say(
          talk,
          "{\"type\":\"response.output_audio_transcript.done\",\"response_id\":\"r1\","
              + "\"item_id\":\"i1\",\"transcript\":\"hello\"}");
      say(talk, "{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      say(
          talk,
          "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"cancelled\","
              + "\"output\":[],\"usage\":{\"input_tokens\":10,\"output_tokens\":10}}}");
      talk.client.sendClose(1000, "");
      talk.client.readClose();
    }
  }

  private static void say(Talk talk, String event) {
    talk.upstream.send(event);
    talk.client.readText();
  }

  private static List<String> queries() throws IOException {
    List<String> queries = new ArrayList<>();
    for (JsonNode panel : JsonMapper.shared().readTree(DASHBOARD.toFile()).path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(
            target
                .path("expr")
                .asString()
                .replace("$instance", ".*")
                .replace("$__rate_interval", "10s"));
      }
    }
    return queries;
  }

  /** A Prometheus that scrapes one gateway each second. */
  private record Prometheus(Process process, int port) {
    static Prometheus start(Path folder, int adminPort) throws IOException {
      Path config =
          Files.writeString(
              folder.resolve("prometheus.yml"),
              """
              global: {scrape_interval: 1s}
              scrape_configs:
                - job_name: donna
                  static_configs: [{targets: ["127.0.0.1:%d"]}]
              """
                  .formatted(adminPort));
      int port = FreePort.next();
      Process process =
          new ProcessBuilder(
                  "prometheus",
                  "--config.file=" + config,
                  "--storage.tsdb.path=" + folder.resolve("data"),
                  "--web.listen-address=127.0.0.1:" + port)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("prometheus.log").toFile())
              .start();
      return new Prometheus(process, port);
    }

    /** Whether the query's answer has at least one number in it. */
    boolean answers(String query) {
      try (HttpClient http = HttpClient.newHttpClient()) {
        String body =
            http.send(
                    HttpRequest.newBuilder(
                            URI.create(
                                "http://127.0.0.1:%d/api/v1/query?query=%s"
                                    .formatted(
                                        port, URLEncoder.encode(query, StandardCharsets.UTF_8))))
                        .build(),
                    BodyHandlers.ofString())
                .body();
        for (JsonNode series : JsonMapper.shared().readTree(body).path("data").path("result")) {
          if (!series.path("value").path(1).asString("NaN").equals("NaN")) {
            return true;
          }
        }
        return false;
      } catch (IOException notYetListening) {
        return false;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
