package io.donna.gateway.policy;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.TieredGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

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

  private static final String TIERS =
      """
      refusing: {models: {allowed: [big, small], default: small, otherwise: refuse}}
      rewriting: {models: {allowed: [big, small], default: small, otherwise: rewrite}}
      brief:
        session: {locked: {instructions: Be brief., audio.output.voice: marin}}
        hide_instructions: true
      voiceless: {session: {locked: {audio.output.voice: nobody}}}
      tools: {tools: [look_up]}
      plain: {}
      few-messages: {limits: {messages_per_second: 5}}
      few-bytes: {limits: {bytes_per_second: 200}}
      few-responses: {limits: {responses_per_minute: 2}}
      little-audio: {limits: {audio_seconds_per_minute: 1}}
      short: {limits: {session_seconds: 1}}
      never-idle: {limits: {idle_seconds: 1}}
      one-per-user: {limits: {sessions_per_user: 1}}
      one: {limits: {sessions: 1}}
      """;

  @TempDir private static Path folder;

  private static TieredGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TieredGateway(folder, TIERS);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource({
    "refusing, big, big",
    "refusing, '', small",
    "rewriting, huge, small",
    "rewriting, big, big",
  })
  void asksTheUpstreamForAModelThatIsAllowed(String tier, String asked, String got) {
    try (Talk talk = gateway.talk(tier, asked)) {
      assertThat(talk.upstream.head()).contains("?model=" + got + " HTTP/1.1");
      assertThat(talk.client.status()).isEqualTo(101);
    }
  }

  @Test
  void refusesAnotherModelAsTheUpstreamDoes() {
    try (TestClient client = gateway.connect(gateway.newUser(), "refusing", "huge")) {
      assertThat(client.readText()).contains("\"code\":\"invalid_model\"", "'huge' is not allowed");
      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(4000);
      assertThat(close.closeReason()).isEqualTo("invalid_request_error.invalid_model");
      gateway.running().awaitNoConnections();
    }
  }

  @Test
  void showsTheClientItsSessionOnceItIsAsThePolicyHasIt() {
    try (TestClient client = gateway.connect(gateway.newUser(), "brief", "m")) {
      TestUpstream.Connection opened = gateway.upstream().take();
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
  void endsASessionThatTheUpstreamDoesNotTake() {
    try (Talk talk = gateway.talk("voiceless", "m")) {
      String id = talk.isSent().get("event_id").asString();
      talk.upstream.send(CREATED.formatted("default", "alloy"));

      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"message\":\"no such voice\",\"event_id\":\""
              + id
              + "\"}}");

      assertThat(talk.client.readText()).contains("policy_not_applied").doesNotContain("voice");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void endsASessionWhoseSetUpIsRefusedByAnErrorThatNamesNothing() {
    try (Talk talk = gateway.talk("voiceless", "m")) {
      talk.isSent("session.update");
      talk.upstream.send(CREATED.formatted("default", "alloy"));

      talk.upstream.send("{\"type\":\"error\",\"error\":{\"message\":\"no\",\"event_id\":null}}");

      talk.hearsError("policy_not_applied");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void namesTheEventThatItRefusesAndGoesOn() {
    try (Talk talk = gateway.talk("tools", "m")) {
      talk.client.send(
          "{\"type\":\"response.create\",\"event_id\":\"mine\",\"response\":{\"tools\":"
              + "[{\"type\":\"mcp\",\"server_url\":\"https://a.example\"}]}}");
      talk.client.send("{\"type\":\"response.create\",\"event_id\":\"next\"}");

      JsonNode error = talk.hears();
      assertThat(error.at("/error/event_id").asString()).isEqualTo("mine");
      assertThat(error.at("/error/type").asString()).isEqualTo("gateway_error");
      assertThat(error.at("/error/code").asString()).isEqualTo("mcp_not_allowed");
      assertThat(talk.upstream.readText()).contains("next");
    }
  }

  @Test
  void passesWhatIsAllowedByteForByte() throws IOException {
    try (Talk talk = gateway.talk("plain", "m")) {
      for (String text :
          new String[] {
            "{ \"audio\" : \"QUJD\", \"type\":\"input_audio_buffer.append\" }",
            "{\"type\": \"session.update\", \"session\": {\"output_modalities\" : [\"text\"]}}",
            "{\"type\":\"response.create\"}"
          }) {
        byte[] frame = talk.client.encode(0x81, text.getBytes(StandardCharsets.UTF_8));
        talk.client.sendRaw(frame);
        assertThat(talk.upstream.readFrame().wire()).isEqualTo(frame);
      }
      talk.passes("not even JSON");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "few-messages | {'type':'input_audio_buffer.clear'}",
        "few-bytes | {'type':'input_audio_buffer.clear'}",
        "few-responses | {'type':'response.create'}",
        "little-audio | {'type':'input_audio_buffer.append','audio':'%s'}",
        "little-audio | {'type':'conversation.item.create','item':{'type':'message',"
            + "'role':'user','content':[{'type':'input_audio','audio':'%s'}]}}",
      })
  void limitsWhatAClientSends(String tier, String event) {
    String text = event.replace('\'', '"').formatted("AAAA".repeat(8_000)); // half a second
    try (Talk talk = gateway.talk(tier, "m")) {
      for (int i = 0; i < 20; i++) {
        talk.client.send(text);
      }

      assertThat(talk.client.readText()).contains("rate_limit_exceeded");
    }
  }

  @Test
  void countsSpeechInPiecesOfLessThanAMillisecond() {
    String piece = append(45);
    try (Talk talk = gateway.talk("little-audio", "m")) {
      for (int sent = 0; sent < 2 * 48_000; sent += 45) {
        talk.client.send(piece);
      }

      talk.hearsError("rate_limit_exceeded");
    }
  }

  /** Each sends what would be half a second of the session's own format. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'audio/pcmu'}",
        "{'type':'audio/pcma'}",
        "{'type':'audio/pcm','rate':8000}",
      })
  void countsSpeechByTheFormatThatIsAskedForBeforeTheUpstreamHasIt(String format) {
    try (Talk talk = gateway.talk("little-audio", "m")) {
      talk.passes(CREATED);

      talk.client.send(
          "{\"type\":\"session.update\",\"session\":{\"audio\":{\"input\":{\"format\":%s}}}}"
              .formatted(format.replace('\'', '"')));
      talk.client.send(append(24_000));

      talk.hearsError("rate_limit_exceeded");
    }
  }

  private static String append(int bytes) {
    return "{\"type\":\"input_audio_buffer.append\",\"audio\":\"%s\"}"
        .formatted("AAAA".repeat(bytes / 3));
  }

  @Test
  void closesWhoIsRefusedAgainAndAgain() {
    try (Talk talk = gateway.talk("plain", "m")) {
      for (int i = 0; i < 60; i++) {
        talk.client.send("{\"type\":\"delete.everything\"}");
      }

      assertThat(talk.client.readText()).contains("event_not_allowed");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1008);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(1008);
    }
  }

  @ParameterizedTest
  @CsvSource({"short, session_expired", "never-idle, idle_timeout"})
  void endsASessionThatHasHadItsTime(String tier, String code) {
    try (Talk talk = gateway.talk(tier, "m")) {
      assertThat(talk.client.readText()).contains(code);
      assertThat(talk.client.readClose().closeCode()).isEqualTo(4008);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(4008);
    }
  }

  @Test
  void endsASilentClientThatNeverConnects() {
    try (TestClient client = gateway.connectReady("never-idle")) {
      assertThat(client.readText()).contains("idle_timeout");
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
      gateway.running().awaitNoConnections();
    }
  }

  @ParameterizedTest
  @CsvSource({"short, session_expired", "never-idle, idle_timeout"})
  void endsAClientThatHasHadItsTimeAndHasNoUpstreamAnyMore(String tier, String code) {
    try (TestClient client = gateway.connectReady(tier).connectRealtime()) {
      gateway.upstream().take().accept().sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");

      assertThat(client.readText()).contains(code);
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"one-per-user", "one"})
  void countsSessionsAndFreesThemHoweverTheyEnd(String tier) {
    String user = gateway.newUser();
    for (int round = 0; round < 2; round++) {
      try (TestClient first = gateway.connect(user, tier, "m")) {
        gateway.upstream().take().accept();
        assertThat(first.status()).isEqualTo(101);
        try (TestClient second = gateway.connect(user, tier, "m")) {
          assertThat(second.readText()).contains("too_many_sessions");
          assertThat(second.readClose().closeCode()).isEqualTo(4029);
        }
      }
      gateway.running().awaitNoConnections();
    }
  }

  @Test
  void takesANewVersionForNewSessionsAndLeavesABadOne(@TempDir Path own) throws IOException {
    try (TieredGateway changing = new TieredGateway(own, "t: {models: {default: one}}");
        Talk before = changing.talk("t", "")) {
      assertThat(before.upstream.head()).contains("model=one");

      changing.write("t: {models: {default: two}}");

      await().atMost(Duration.ofSeconds(10)).until(() -> modelOf(changing).contains("model=two"));
      changing.write("t: {models: {default: three, otherwise: maybe}}");
      // A look later than the bad version's, which a further good one shows.
      Files.writeString(own.resolve("policy.yaml"), "nonsense");
      assertThat(modelOf(changing)).contains("model=two");
      changing.write("t: {models: {default: four}}");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> {
            String model = modelOf(changing);
            assertThat(model).doesNotContain("three");
            return model.contains("model=four");
          });
      before.client.send("{\"type\":\"response.create\"}");
      assertThat(before.upstream.readText()).contains("response.create");
    }
  }

  private static String modelOf(TieredGateway gateway) {
    try (Talk talk = gateway.talk("t", "")) {
      assertThat(talk.client.status()).isEqualTo(101);
      return talk.upstream.head();
    }
  }

  @Test
  void keepsItsCommandsOnTheGatewaysOwnEndpoint() {
    String token = TieredGateway.token(gateway.newUser(), "plain");
    try (TestClient client = gateway.running().connect().authenticate(token).connectRealtime()) {
      TestUpstream.Connection opened = gateway.upstream().take().accept();
      client.authenticate(token);
      client.send("{\"type\":\"x\",\"type\":\"authenticate\",\"token\":\"secret\"}");
      assertThat(client.readText()).contains("invalid_json").doesNotContain("secret");
      client.send("{\"type\":\"response.create\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      opened.sendClose(1000, "");
      assertThat(client.readText()).contains("realtime_disconnected");
      client.connectRealtime();
      gateway.upstream().take().accept().send("{\"type\":\"hello\"}");
      assertThat(client.readText()).contains("hello");
    }
  }
}
