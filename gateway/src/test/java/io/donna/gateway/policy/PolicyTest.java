package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a policy means to a client and to its upstream, over real sockets. */
class PolicyTest {
  private static final String SESSION =
      """
      "session":{"type":"realtime","model":"m","instructions":"%s","audio":{"input":{
      "format":{"type":"audio/pcm","rate":24000},"turn_detection":{"type":"server_vad",
      "create_response":true}},"output":{"voice":"%s"}}}}\
      """
          .replace("\n", "");
  private static final String CREATED =
      "{\"type\":\"session.created\",\"event_id\":\"e1\"," + SESSION;
  private static final String UPDATED =
      "{\"type\":\"session.updated\",\"event_id\":\"e2\"," + SESSION;

  @TempDir Path folder;

  private Path policy(String tier) throws IOException {
    return Files.writeString(
        folder.resolve("policy.yaml"), "default_tier: t\ntiers:\n  t:\n" + tier.indent(4));
  }

  private RunningGateway.Builder under(TestUpstream upstream, String tier) throws IOException {
    return RunningGateway.behind(upstream).with("POLICY_FILE", policy(tier));
  }

  private static TestClient connect(RunningGateway gateway, String model) {
    return TestClient.connect(
        gateway.port(),
        "/v1/realtime" + (model.isEmpty() ? "" : "?model=" + model),
        "Authorization: Bearer " + RunningGateway.token("u"));
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  @ParameterizedTest
  @CsvSource({
    "refuse, big, big",
    "refuse, '', small",
    "rewrite, huge, small",
    "rewrite, big, big",
  })
  void asksTheUpstreamForAModelThatIsAllowed(String otherwise, String asked, String got)
      throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            under(
                    upstream,
                    "models: {allowed: [big, small], default: small, otherwise: " + otherwise + "}")
                .start();
        TestClient client = connect(gateway, asked)) {
      assertThat(upstream.take().head()).contains("?model=" + got + " HTTP/1.1");
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @Test
  void refusesAnotherModelAsTheUpstreamDoes() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            under(upstream, "models: {allowed: [big, small], default: small}").start();
        TestClient client = connect(gateway, "huge")) {
      assertThat(client.readText()).contains("\"code\":\"invalid_model\"", "'huge' is not allowed");
      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(4000);
      assertThat(close.closeReason()).isEqualTo("invalid_request_error.invalid_model");
      gateway.awaitNoConnections();
    }
  }

  @Test
  void showsTheClientItsSessionOnceItIsAsThePolicyHasIt() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            under(
                    upstream,
                    """
                    session:
                      locked: {instructions: Be brief., audio.output.voice: marin}
                    hide_instructions: true
                    """)
                .start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take();
      client.send(
          "{\"type\":\"session.update\",\"session\":{\"instructions\":\"Obey\",\"tracing\":\"auto\"}}");
      opened.accept();

      JsonNode setUp = json(opened.readText());
      assertThat(setUp.get("type").asString()).isEqualTo("session.update");
      assertThat(setUp.get("session"))
          .isEqualTo(
              json(
                  "{\"type\":\"realtime\",\"instructions\":\"Be brief.\","
                      + "\"audio\":{\"output\":{\"voice\":\"marin\"}}}"));
      JsonNode ofClient = json(opened.readText());
      assertThat(ofClient.get("session")).isEqualTo(json("{\"tracing\":\"auto\"}"));

      opened.send(CREATED.formatted("default", "alloy"));
      opened.send(UPDATED.formatted("Be brief.", "marin"));
      opened.send(UPDATED.formatted("Be brief.", "marin"));

      JsonNode first = json(client.readText());
      assertThat(first.get("type").asString()).isEqualTo("session.created");
      assertThat(first.get("event_id").asString()).isEqualTo("e1");
      assertThat(first.at("/session/audio/output/voice").asString()).isEqualTo("marin");
      assertThat(first.get("session").has("instructions")).isFalse();
      JsonNode second = json(client.readText());
      assertThat(second.get("type").asString()).isEqualTo("session.updated");
      assertThat(second.get("session").has("instructions")).isFalse();
      opened.send("{\"type\":\"last\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"last\"}");
    }
  }

  @Test
  void endsASessionThatTheUpstreamDoesNotTake() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            under(upstream, "session: {locked: {audio.output.voice: nobody}}").start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take().accept();
      String id = json(opened.readText()).get("event_id").asString();
      opened.send(CREATED.formatted("default", "alloy"));

      opened.send(
          "{\"type\":\"error\",\"error\":{\"message\":\"no such voice\",\"event_id\":\""
              + id
              + "\"}}");

      assertThat(client.readText()).contains("policy_not_applied").doesNotContain("voice");
      assertThat(client.readClose().closeCode()).isEqualTo(1011);
      assertThat(opened.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void namesTheEventThatItRefusesAndGoesOn() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "tools: [look_up]").start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take().accept();

      client.send(
          "{\"type\":\"response.create\",\"event_id\":\"mine\",\"response\":{\"tools\":"
              + "[{\"type\":\"mcp\",\"server_url\":\"https://a.example\"}]}}");
      client.send("{\"type\":\"response.create\",\"event_id\":\"next\"}");

      JsonNode error = json(client.readText());
      assertThat(error.at("/error/event_id").asString()).isEqualTo("mine");
      assertThat(error.at("/error/type").asString()).isEqualTo("gateway_error");
      assertThat(error.at("/error/code").asString()).isEqualTo("mcp_not_allowed");
      assertThat(opened.readText()).contains("next");
    }
  }

  @Test
  void passesWhatIsAllowedByteForByte() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "{}").start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take().accept();

      for (String text :
          new String[] {
            "{ \"audio\" : \"QUJD\", \"type\":\"input_audio_buffer.append\" }",
            "{\"type\": \"session.update\", \"session\": {\"output_modalities\" : [\"text\"]}}",
            "{\"type\":\"response.create\"}"
          }) {
        byte[] frame = client.encode(0x81, text.getBytes(StandardCharsets.UTF_8));
        client.sendRaw(frame);
        assertThat(opened.readFrame().wire()).isEqualTo(frame);
      }
      opened.send("not even JSON");
      assertThat(client.readText()).isEqualTo("not even JSON");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "messages_per_second: 5 | {'type':'input_audio_buffer.clear'}",
        "bytes_per_second: 200 | {'type':'input_audio_buffer.clear'}",
        "responses_per_minute: 2 | {'type':'response.create'}",
        "audio_seconds_per_minute: 1 | {'type':'input_audio_buffer.append','audio':'%s'}",
        "audio_seconds_per_minute: 1 | {'type':'conversation.item.create','item':{'type':'message',"
            + "'role':'user','content':[{'type':'input_audio','audio':'%s'}]}}",
      })
  void limitsWhatAClientSends(String limit, String event) throws IOException {
    String text = event.replace('\'', '"').formatted("AAAA".repeat(8_000)); // half a second
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "limits: {" + limit + "}").start();
        TestClient client = connect(gateway, "m")) {
      upstream.take().accept();

      for (int i = 0; i < 20; i++) {
        client.send(text);
      }

      assertThat(client.readText()).contains("rate_limit_exceeded");
    }
  }

  @Test
  void closesWhoIsRefusedAgainAndAgain() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "{}").start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take().accept();

      for (int i = 0; i < 60; i++) {
        client.send("{\"type\":\"delete.everything\"}");
      }

      assertThat(client.readText()).contains("event_not_allowed");
      assertThat(client.readClose().closeCode()).isEqualTo(1008);
      assertThat(opened.readClose().closeCode()).isEqualTo(1008);
    }
  }

  @ParameterizedTest
  @CsvSource({"session_seconds, session_expired", "idle_seconds, idle_timeout"})
  void endsASessionThatHasHadItsTime(String limit, String code) throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "limits: {" + limit + ": 1}").start();
        TestClient client = connect(gateway, "m")) {
      TestUpstream.Connection opened = upstream.take().accept();

      assertThat(client.readText()).contains(code);
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
      assertThat(opened.readClose().closeCode()).isEqualTo(4008);
    }
  }

  @Test
  void endsASilentClientThatNeverConnects() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "limits: {idle_seconds: 1}").start();
        TestClient client = gateway.connectReady()) {
      assertThat(client.readText()).contains("idle_timeout");
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
      gateway.awaitNoConnections();
    }
  }

  @ParameterizedTest
  @CsvSource({"session_seconds, session_expired", "idle_seconds, idle_timeout"})
  void endsAClientThatHasHadItsTimeAndHasNoUpstreamAnyMore(String limit, String code)
      throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "limits: {" + limit + ": 1}").start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      upstream.take().accept().sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");

      assertThat(client.readText()).contains(code);
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
    }
  }

  @ParameterizedTest
  @CsvSource({"sessions_per_user", "sessions"})
  void countsSessionsAndFreesThemHoweverTheyEnd(String limit) throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "limits: {" + limit + ": 1}").start()) {
      for (int round = 0; round < 2; round++) {
        try (TestClient first = connect(gateway, "m")) {
          upstream.take().accept();
          assertThat(first.status()).isEqualTo(101);
          try (TestClient second = connect(gateway, "m")) {
            assertThat(second.readText()).contains("too_many_sessions");
            assertThat(second.readClose().closeCode()).isEqualTo(4029);
          }
        }
        gateway.awaitNoConnections();
      }
    }
  }

  @Test
  void takesANewVersionForNewSessionsAndLeavesABadOne() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "models: {default: one}").start();
        TestClient old = connect(gateway, "")) {
      TestUpstream.Connection before = upstream.take().accept();
      assertThat(before.head()).contains("model=one");

      policy("models: {default: two}");

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> modelOf(gateway, upstream).contains("model=two"));
      policy("models: {default: three, otherwise: maybe}");
      // A look later than the bad version's, which a further good one shows.
      Files.writeString(folder.resolve("policy.yaml"), "nonsense");
      assertThat(modelOf(gateway, upstream)).contains("model=two");
      policy("models: {default: four}");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> {
            String model = modelOf(gateway, upstream);
            assertThat(model).doesNotContain("three");
            return model.contains("model=four");
          });
      old.send("{\"type\":\"response.create\"}");
      assertThat(before.readText()).contains("response.create");
    }
  }

  private static String modelOf(RunningGateway gateway, TestUpstream upstream) {
    try (TestClient client = connect(gateway, "")) {
      assertThat(client.status()).isEqualTo(101);
      return upstream.take().head();
    }
  }

  @Test
  void keepsItsCommandsOnTheGatewaysOwnEndpoint() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = under(upstream, "{}").start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection opened = upstream.take().accept();
      client.send(
          "{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token("user123") + "\"}");
      assertThat(client.readText()).contains("auth_success");
      client.send("{\"type\":\"x\",\"type\":\"authenticate\",\"token\":\"secret\"}");
      assertThat(client.readText()).contains("invalid_json").doesNotContain("secret");
      client.send("{\"type\":\"response.create\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      opened.sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");
      client.send("{\"type\":\"connect_realtime\"}");
      upstream.take().accept().send("{\"type\":\"hello\"}");
      assertThat(client.readText()).contains("hello");
    }
  }
}
