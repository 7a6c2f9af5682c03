package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.GatewayProcess;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That every session's work is on its bill, however the session ends. */
class MeteringTest {
  private static final String CREATED =
      "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}";
  private static final String DONE =
      "{\"type\":\"response.done\",\"response\":{\"id\":\"resp_1\",\"status\":\"cancelled\","
          + "\"usage\":{\"input_tokens\":1000,\"input_token_details\":{\"text_tokens\":1000}}}}";

  @TempDir private Path folder;

  @AutoClose private final TestUpstream upstream = TestUpstream.start();

  private RunningGateway start() {
    return start(upstream.uri());
  }

  private RunningGateway start(URI behind) {
    return RunningGateway.behind(behind).with("USAGE_LOG", file()).start();
  }

  /** A client whose upstream has begun a response. */
  private Talk beginResponse(TestClient client) {
    Talk talk = new Talk(client, upstream.take().accept());
    talk.passes(CREATED);
    return talk;
  }

  private Path file() {
    return folder.resolve("usage.jsonl");
  }

  private List<JsonNode> lines() {
    try {
      return Files.readAllLines(file()).stream().map(JsonMapper.shared()::readTree).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitLines(int count) {
    await("lines in the usage log")
        .atMost(Duration.ofSeconds(20))
        .until(() -> lines().size() == count);
  }

  private static void ask(TestClient client) {
    client.send(
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":\"Hello!\"}]}}");
    client.send("{\"type\":\"response.create\"}");
  }

  @Test
  void saysWhatASessionCameToOnItsClosingLineAndInTheUsageLog() {
    try (Simulator simulator = Simulator.builder().port(0).speed(1_000).start();
        RunningGateway gateway = start(simulator.uri())) {
      try (TestClient client = gateway.connectRealtime()) {
        client.readUntil("session.created");
        ask(client);
        client.readUntil("response.done");
        ask(client);
        client.readUntil("response.done");
        client.sendClose(1000, "");
      }
      gateway.awaitLog("\"code\":1000,\"reason\":\"\",\"remainingConnections\":0,\"usage\":{");
      awaitLines(3);

      JsonNode first = lines().getFirst();
      JsonNode session = lines().getLast();
      assertThat(first.path("event").asString()).isEqualTo("response");
      assertThat(first.path("id").asString()).startsWith("resp_");
      assertThat(first.path("user").asString()).isEqualTo("user123");
      assertThat(first.path("model").asString()).isEqualTo("gpt-realtime-2.1");
      assertThat(first.path("output").path("audio").asLong()).isPositive();
      assertThat(session.path("event").asString()).isEqualTo("session");
      assertThat(session.path("responses").asInt()).isEqualTo(2);
      assertThat(session.path("usd").asDecimal())
          .isPositive()
          .isEqualByComparingTo(
              first.path("usd").asDecimal().add(lines().get(1).path("usd").asDecimal()));
      gateway.awaitLog("\"usage\":{\"session\":\"" + session.path("session").asString() + "\"");
      gateway.awaitLog("\"responses\":2,\"transcriptions\":0,\"inputTokens\":");
    }
  }

  @Test
  void pricesTheModelThatWasReallyAskedFor() {
    try (RunningGateway gateway =
            RunningGateway.with("UPSTREAM", "custom")
                .with("UPSTREAM_URL", upstream.uri())
                .with("UPSTREAM_MODEL", "gpt-realtime-2.1")
                .with("USAGE_LOG", file())
                .start();
        Talk talk =
            new Talk(
                TestClient.connect(
                    gateway.port(),
                    "/v1/realtime?model=gpt-4o-mini-transcribe",
                    RunningGateway.bearer("u")),
                upstream.take().accept())) {
      talk.passes(CREATED);
      talk.passes(DONE);
      awaitLines(1);

      assertThat(lines().getFirst().path("model").asString()).isEqualTo("gpt-realtime-2.1");
    }
  }

  @Test
  void saysNothingOfUsageWhereNoUpstreamWasAskedFor() {
    try (RunningGateway gateway =
        RunningGateway.withoutUpstream().with("USAGE_LOG", file()).start()) {
      gateway.connectReady().close();
      gateway.awaitLog("WS_CONNECTION_CLOSED");

      assertThat(gateway.log()).noneMatch(line -> line.contains("usage"));
      assertThat(lines()).isEmpty();
    }
  }

  @Test
  void keepsTheUpstreamOfAClientThatHungUpUntilItHasSaidWhatItsAnswerCameTo() {
    try (RunningGateway gateway = start()) {
      Talk talk = beginResponse(gateway.connectRealtime());
      TestUpstream.Connection opened = talk.upstream;

      talk.close();

      assertThat(opened.readText())
          .isEqualTo("{\"type\":\"response.cancel\",\"response_id\":\"resp_1\"}");
      assertThat(opened.readText()).startsWith("{\"type\":\"response.cancel\",\"event_id\":");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"input_audio_buffer.clear\"}");
      gateway.awaitNoConnections();
      assertThat(gateway.log()).noneMatch(line -> line.contains("WS_CONNECTION_CLOSED"));
      opened.send("{\"type\":\"response.created\",\"response\":{\"id\":\"resp_2\"}}");
      assertThat(opened.readText())
          .isEqualTo("{\"type\":\"response.cancel\",\"response_id\":\"resp_2\"}");
      opened.send(DONE.replace("resp_1", "resp_2"));
      opened.send(DONE);

      assertThat(opened.readClose().closeCode()).isEqualTo(1001);
      gateway.awaitLog("\"responses\":2,\"transcriptions\":0,\"inputTokens\":2000");
      gateway.awaitLog("\"code\":1006");
      awaitLines(3);
    }
  }

  @Test
  void keepsTheUpstreamForATranscriptionTooOnDropInPaths() {
    try (RunningGateway gateway = start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send(
          "{\"type\":\"session.updated\",\"session\":{\"audio\":{\"input\":{\"transcription\":"
              + "{\"model\":\"whisper-1\"}}}}}");
      opened.send("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"item_1\"}");
      client.readUntil("input_audio_buffer.committed");

      client.sendClose(1000, "bye");

      assertThat(client.readClose().closeCode()).isEqualTo(1000);
      assertThat(opened.readText()).contains("response.cancel");
      assertThat(opened.readText()).contains("input_audio_buffer.clear");
      opened.send(
          "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"item_id\":"
              + "\"item_1\",\"content_index\":0,\"usage\":{\"type\":\"duration\",\"seconds\":60}}");
      assertThat(opened.readClose().closeCode()).isEqualTo(1000);
      gateway.awaitLog("\"transcriptions\":1");
      awaitLines(2);
      assertThat(lines().getFirst().path("usd").asDecimal()).isEqualByComparingTo("0.006");
      assertThat(lines().getFirst().path("model").asString()).isEqualTo("whisper-1");
    }
  }

  @Test
  void givesAnUpstreamThatSaysNothingTenSeconds() {
    try (RunningGateway gateway = start()) {
      Talk talk = beginResponse(gateway.connectRealtime());
      TestUpstream.Connection opened = talk.upstream;
      long left = System.nanoTime();

      talk.close();

      awaitLines(2);
      assertThat(Duration.ofNanos(System.nanoTime() - left))
          .isGreaterThan(Duration.ofMillis(9_500));
      assertThat(opened.read().text()).contains("response.cancel");
      opened.read();
      opened.read();
      assertThat(opened.read().isClose()).isTrue();
      assertThat(lines().getFirst().path("status").asString()).isEqualTo("cut_off");
      assertThat(lines().getFirst().path("estimated").asBoolean()).isTrue();
    }
  }

  @Test
  void chargesAnEstimateForWhatAnUpstreamTookAwayWithIt() {
    try (RunningGateway gateway = start()) {
      Talk talk = beginResponse(gateway.connectRealtime());
      talk.upstream.send(
          "{\"type\":\"response.output_audio.delta\",\"response_id\":\"resp_1\",\"delta\":\""
              + "A".repeat(64_000)
              + "\"}");
      talk.upstream.close();
      talk.client.readUntil("realtime_disconnected");
      talk.close();
      awaitLines(2);

      // 48,000 bytes are a second, and twenty tokens at 64 dollars the million.
      assertThat(lines().getFirst().path("estimated").asBoolean()).isTrue();
      assertThat(lines().getFirst().path("usd").asDecimal()).isEqualByComparingTo("0.00128");
    }
  }

  @Test
  void losesNothingToSigterm() {
    try (GatewayProcess gateway =
            GatewayProcess.behind(upstream)
                .with("USAGE_LOG", file())
                .with("SHUTDOWN_GRACE_MS", 0)
                .start();
        Talk talk = beginResponse(gateway.connectReady().connectRealtime())) {
      Thread answering =
          Thread.ofVirtual()
              .start(() -> {
                talk.upstream.readText();
                talk.upstream.send(DONE);
              });

      assertThat(gateway.terminate()).isZero();

      assertThat(lines()).hasSize(2);
      assertThat(lines().getFirst().path("status").asString()).isEqualTo("cancelled");
      assertThat(lines().getLast().path("event").asString()).isEqualTo("session");
      assertThat(gateway.out()).contains("\"inputTokens\":1000");
      assertThat(answering).isNotNull();
    }
  }

  @Test
  void losesNothingThatWasWrittenToSigkill() {
    try (GatewayProcess gateway =
            GatewayProcess.behind(upstream).with("USAGE_LOG", file()).start();
        Talk talk = beginResponse(gateway.connectReady().connectRealtime())) {
      talk.passes(DONE);
      awaitLines(1);

      gateway.kill();

      assertThat(lines()).hasSize(1);
    }
  }
}
