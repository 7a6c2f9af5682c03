package io.donna.gateway.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.TokenLimit;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Where there is no policy, a token's models and limits hold its user, and take nothing else away.
 * Apostrophes for quotes.
 */
class TokenAloneTest {
  private static final Map<String, Object> SILENT = Map.of();
  private static final Map<String, Object> SMALL_ONLY = Map.of("models", List.of("small"));

  /** Holds, and is reached by nobody here. */
  private static final Map<String, Object> AMPLE =
      Map.of("limits", Map.of("messages_per_second", 1_000_000));

  private static TestUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    upstream = TestUpstream.start();
    gateway = RunningGateway.behind(upstream).with("OPENAI_REALTIME_MODEL", "usual").start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    upstream.close();
  }

  private static String json(String apostrophes) {
    return apostrophes.replace('\'', '"');
  }

  private static String token(Map<String, Object> grants) {
    return RunningGateway.token("ann", Map.of("donna", grants));
  }

  private static TestClient connect(
      RunningGateway gateway, String model, Map<String, Object> grants) {
    return connect(gateway, model, "Authorization: Bearer " + token(grants));
  }

  private static TestClient connect(RunningGateway gateway, String model, String credential) {
    return TestClient.connect(gateway.port(), "/v1/realtime?model=" + model, credential);
  }

  private static HttpResponse<String> askForSecret(String session, Map<String, Object> grants) {
    return gateway.askForSecret("{\"session\":" + json(session) + "}", token(grants));
  }

  /** A client that the upstream has accepted. */
  private static Talk talk(Map<String, Object> grants) {
    return new Talk(connect(gateway, "small", grants), upstream.take().accept());
  }

  /** The upstream gets {@code message} as it is. */
  private static void passes(Talk talk, String message) {
    talk.client.send(message);
    assertThat(talk.upstream.readText()).isEqualTo(message);
  }

  /** The client gets {@code code}, and the upstream nothing. */
  private static void refuses(Talk talk, String message, String code) {
    talk.client.send(message);
    talk.hearsError(code);
    talk.isSentNothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/realtime?model=big", "/v1/realtime"})
  void connectsToNoModelButTheTokens(String path) {
    try (TestClient client =
        TestClient.connect(gateway.port(), path, "Authorization: Bearer " + token(SMALL_ONLY))) {
      assertThat(client.readText()).contains("invalid_model");
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
    }
    try (TestClient client = connect(gateway, "small", SMALL_ONLY)) {
      assertThat(upstream.take().head()).contains("?model=small HTTP/1.1");
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'session.update','session':{'type':'realtime','model':'big'}}",
        "{'type':'session.update','session':{'model':['big']}}",
        "{'type':'response.create','response':{'model':'big'}}",
      })
  void changesToNoModelButTheTokens(String message) {
    try (Talk talk = talk(SMALL_ONLY)) {
      String code = message.contains("[") ? "invalid_value" : "model_not_allowed";
      refuses(talk, json(message), code);
      passes(talk, json(message).replace("[\"big\"]", "\"big\"").replace("big", "small"));
    }
  }

  @Test
  void readsNoModelInAnotherSpelling() {
    try (Talk talk = talk(SMALL_ONLY)) {
      refuses(
          talk, json("{'type':'session.update','session':{'Model':'big'}}"), "unknown_parameter");
      refuses(
          talk,
          json("{'type':'session.update','session':{'model':'small','model':'big'}}"),
          "invalid_json");
      refuses(
          talk,
          json("{'type':'session.update','session':{},'session':{'model':'big'}}"),
          "invalid_json");
    }
  }

  @Test
  void mintsSecretsThatHoldTheirUserToo() {
    Map<String, Object> grants =
        Map.of("models", List.of("small"), "limits", Map.of("sessions", 1));
    HttpResponse<String> refused = askForSecret("{'model':'big'}", grants);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(Talk.json(refused.body()).at("/error/code").asString())
        .isEqualTo("model_not_allowed");

    JsonNode minted = Talk.json(askForSecret("{'model':'small','novel':{'a':[1]}}", grants).body());
    assertThat(minted.at("/session/model").asString()).isEqualTo("small");
    assertThat(minted.at("/session/novel").toString()).isEqualTo("{\"a\":[1]}");

    String credential = "api-key: " + minted.get("value").asString();
    try (TestClient other = connect(gateway, "big", credential)) {
      assertThat(other.readText()).contains("invalid_model");
    }
    try (TestClient first = TestClient.connect(gateway.port(), "/v1/realtime", credential)) {
      assertThat(upstream.take().head()).contains("?model=small HTTP/1.1");
      assertThat(first.status()).isEqualTo(101);
      try (TestClient second = TestClient.connect(gateway.port(), "/v1/realtime", credential)) {
        assertThat(second.readText()).contains("too_many_sessions");
        assertThat(second.readClose().closeCode()).isEqualTo(4029);
      }
    }
  }

  private static TestClient connectLimited(RunningGateway gateway, TokenLimit limit, String value) {
    String token = token(Map.of("limits", Map.of(limit.key(), value)));
    return gateway.connectDropIn("Authorization: Bearer " + token);
  }

  /** Says more than any limit of one allows, and reads until it is told so. */
  private static void talkUntilRefused(TestClient client, TokenLimit limit) {
    String code =
        switch (limit) {
          case SESSIONS -> "too_many_sessions";
          case SESSION_SECONDS -> "session_expired";
          case IDLE_SECONDS -> "idle_timeout";
          case MESSAGES_PER_SECOND,
              BYTES_PER_SECOND,
              AUDIO_SECONDS_PER_MINUTE,
              RESPONSES_PER_MINUTE ->
              "rate_limit_exceeded";
          default -> "budget_exceeded";
        };
    String item =
        "{'type':'conversation.item.create','item':{'type':'message','role':'user',"
            + "'content':[{'type':'input_text','text':'Hello!'}]}}";
    client.send(json(item));
    client.send(json("{'type':'response.create'}"));
    client.send(
        json("{'type':'input_audio_buffer.append','audio':'" + "AAAA".repeat(20_000) + "'}"));
    client.send(json("{'type':'response.create','response':{'conversation':'none'}}"));
    String said = client.readText();
    while (!said.contains("\"code\":\"" + code + "\"")) {
      said = client.readText();
    }
  }

  @ParameterizedTest
  @EnumSource
  void holdsEveryLimit(TokenLimit limit) {
    String value = limit.key().startsWith("usd_") ? "0.00001" : "1";
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway simulated = RunningGateway.behind(simulator.uri()).start();
        TestClient client = connectLimited(simulated, limit, value)) {
      assertThat(client.readText()).contains("session.created");
      if (limit == TokenLimit.SESSIONS) {
        try (TestClient second = connectLimited(simulated, limit, value)) {
          assertThat(second.readText()).contains("too_many_sessions");
        }
      } else {
        talkUntilRefused(client, limit);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesALimitOfNothingAtItsWord(TokenLimit limit) {
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway simulated = RunningGateway.behind(simulator.uri()).start();
        TestClient client = connectLimited(simulated, limit, "0")) {
      talkUntilRefused(client, limit);
    }
  }

  @ParameterizedTest
  @EnumSource
  void servesWhoseLimitIsBeyondAllReach(TokenLimit limit) {
    try (Simulator simulator = Simulator.builder().speed(40).start();
        RunningGateway simulated = RunningGateway.behind(simulator.uri()).start();
        TestClient client = connectLimited(simulated, limit, "1000000000000000")) {
      assertThat(client.readText()).contains("session.created");
      client.send(json("{'type':'response.create'}"));
      String said = client.readText();
      while (!said.contains("\"response.done\"")) {
        assertThat(said).doesNotContain("gateway_error");
        said = client.readText();
      }
    }
  }

  @Test
  void asksBeforeTurnsAreAnsweredWhereALimitCountsThem() {
    Map<String, Object> grants = Map.of("limits", Map.of("responses_per_minute", 5));
    try (Talk talk = talk(grants)) {
      JsonNode setUp = talk.isSent("session.update");
      assertThat(setUp.at("/session/audio/input/turn_detection/create_response").asBoolean(true))
          .isFalse();

      // As the beta had it, and an upstream that understands both would read it.
      refuses(
          talk,
          json(
              "{'type':'session.update','session':{'turn_detection':"
                  + "{'type':'server_vad','create_response':true}}}"),
          "unknown_parameter");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ 'type' : 'novel.event', 'of' : { 'any' : 1.50 } }",
        "{'type':'output_audio_buffer.clear'}",
        "{'type':'session.update','session':{'novel':1,'audio':{'video':{},'input':{'novel':2}}}}",
        "{'type':'session.update','session':{'prompt':{'id':'pmpt_1'},'tool_choice':{'type':'x'}}}",
        "{'type':'session.update','session':{'tools':[{'type':'mcp','server_url':'https://a.example',"
            + "'headers':{'X-Key':'k'}},{'type':'novel'}]}}",
        "{'type':'session.update','session':{'max_output_tokens':'inf','tracing':'auto'}}",
        "{'type':'response.create','response':{'novel':1,'input':[{'type':'novel'}]}}",
        "{'type':'conversation.item.create','item':{'type':'novel','content':[{'type':'novel'}]}}",
        "{'type':'conversation.item.create','item':{'type':'message','role':'system',"
            + "'content':[{'type':'input_image','image_url':'https://a.example/b.png'}]}}",
      })
  void takesNothingFromWhoIsHeldToALimit(String message) {
    try (Talk talk = talk(AMPLE)) {
      passes(talk, json(message));
      String created = json("{ 'type':'session.created', 'session':{'instructions':'Be kind.'} }");
      talk.passes(created);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'session.update','session':{'model':'big'},'session':{}}",
        "{'Type':'session.update', 'type':'response.create'}  ",
        "no JSON at all",
        "[1,2",
      })
  void touchesNothingWhereTheTokenIsSilent(String message) {
    try (Talk talk = talk(SILENT)) {
      passes(talk, json(message));
      talk.passes(json(message));
      talk.client.sendBinary(new byte[] {1, 2, 3});
      assertThat(talk.upstream.read().payload()).containsExactly(1, 2, 3);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, invalid_model", "false, session.created"})
  void asksForNoTierWhereThereIsNoPolicy(boolean held, String expected) {
    Map<String, Object> grants =
        held ? Map.of("tier", "gold", "models", List.of("small")) : Map.of("tier", "gold");
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway simulated = RunningGateway.behind(simulator.uri()).start();
        TestClient client = connect(simulated, "gpt-realtime-2.1", grants)) {
      assertThat(client.readText()).contains(expected);
    }
  }

  /** What stands behind the token in the same packet is read as its limits ask already. */
  @Test
  void holdsFromTheFirstMessageBehindTheToken() {
    try (TestClient client = gateway.connect()) {
      String twice = json("{'type':'session.update','session':{},'session':{'model':'big'}}");
      client.sendRaw(
          packet(
              client,
              json("{'type':'authenticate','token':'" + token(AMPLE) + "'}"),
              json("{'type':'connect_realtime'}"),
              twice));
      upstream.take().accept();

      String said = client.readText();
      while (!said.contains("invalid_json")) {
        assertThat(said).doesNotContain("realtime_disconnected");
        said = client.readText();
      }
    }
  }

  private static byte[] packet(TestClient client, String... messages) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String message : messages) {
      bytes.writeBytes(client.encode(0x81, message.getBytes(UTF_8)));
    }
    return bytes.toByteArray();
  }
}
