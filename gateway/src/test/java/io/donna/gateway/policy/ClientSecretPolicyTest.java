package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client secret is no way around its user's tier: the session in it is judged and clamped when it
 * is minted, and again when it begins. Apostrophes for quotes.
 */
class ClientSecretPolicyTest {
  private static final String POLICY =
      """
      default_tier: held
      tiers:
        held:
          models: {allowed: [big, small], default: small}
          transcription_models: [whisper-1]
          session:
            locked: {instructions: The operator's own., audio.output.voice: marin}
            defaults: {output_modalities: [audio]}
            most: {max_output_tokens: 1000, audio.output.speed: 1.5}
          hide_instructions: true
          tools: [look_up]
          limits: {responses_per_minute: 10}
        rewriting:
          models: {allowed: [big, small], default: small, otherwise: rewrite}
        open: {}
      """;

  private static TestUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    upstream = TestUpstream.start();
    gateway = gateway(Files.writeString(folder.resolve("policy.yaml"), POLICY));
  }

  private static RunningGateway gateway(Path policy) {
    return RunningGateway.behind(upstream)
        .with("POLICY_FILE", policy)
        .with("OPENAI_REALTIME_MODEL", "usual")
        .start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    upstream.close();
  }

  private static String token(Map<String, Object> grants) {
    return RunningGateway.token("ann", Map.of("donna", grants));
  }

  private static HttpResponse<String> ask(String session, Map<String, Object> grants) {
    return ask(gateway, session, grants);
  }

  private static HttpResponse<String> ask(
      RunningGateway asked, String session, Map<String, Object> grants) {
    return asked.askForSecret("{\"session\":" + json(session) + "}", token(grants));
  }

  private static String json(String apostrophes) {
    return apostrophes.replace('\'', '"');
  }

  private static JsonNode body(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static String secret(String session) {
    return secret(ask(session, Map.of()));
  }

  private static String secret(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return body(response).get("value").asString();
  }

  private static TestClient connect(RunningGateway to, String secret) {
    return TestClient.connect(to.port(), "/v1/realtime", "api-key: " + secret);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "403 | model_not_allowed      | {'model':'huge'}",
        "403 | model_not_allowed      | {'audio':{'input':{'transcription':{'model':'other'}}}}",
        "403 | tool_not_allowed       | {'tools':[{'type':'function','name':'rm'}]}",
        "403 | tool_not_allowed       | {'tools':[{'type':'web_search'}]}",
        "403 | mcp_not_allowed        | {'tools':[{'type':'mcp','server_url':'https://a.example'}]}",
        "403 | mcp_not_allowed        | {'tool_choice':{'type':'mcp','server_label':'a'}}",
        "403 | prompt_not_allowed     | {'prompt':{'id':'pmpt_1'}}",
        "400 | unknown_parameter      | {'temperature':0.8}",
        "400 | unknown_parameter      | {'voice':'echo'}",
        "400 | unknown_parameter      | {'Tools':[{'type':'mcp'}]}",
        "400 | unknown_parameter      | {'tools':[{'type':'function','Type':'mcp','name':'look_up'}]}",
        "400 | unknown_parameter      | {'audio':{'output':{'Voice':'echo'}}}",
        "400 | unknown_parameter      | {'session':{'tools':[{'type':'mcp'}]}}",
        "400 | unknown_parameter      | {'client_secret':{'value':'ek_1'}}",
        "400 | invalid_value          | {'tools':{'type':'mcp'}}",
        "400 | invalid_value          | {'audio':[{'output':{'voice':'echo'}}]}",
        "400 | invalid_value          | {'max_output_tokens':'4096'}",
        "400 | invalid_value          | {'audio':{'input':{'turn_detection':{'create_response':1}}}}",
        "400 | invalid_value          | {'model':['big']}",
        "400 | invalid_value          | {'tools':[],'tools':[{'type':'mcp'}]}",
        "400 | invalid_value          | {'max_output_tokens':1e99999999999}",
      })
  void mintsNoneForASessionThatMayNotBe(int status, String code, String session) {
    HttpResponse<String> response = ask(session, Map.of());

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = body(response).get("error");
    assertThat(error.get("code").asString()).isEqualTo(code);
    assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.get("message").asString()).isNotBlank();
    assertThat(response.body()).doesNotContain("ek_ey");
  }

  @Test
  void mintsNoneForATierThatThereIsNot() {
    HttpResponse<String> response = ask("{}", Map.of("tier", "gold"));

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(body(response).at("/error/code").asString()).isEqualTo("unknown_tier");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "held      | {}                                       | /model                | 'small'",
        "held      | {'model':'big'}                          | /model                | 'big'",
        "rewriting | {'model':'huge'}                         | /model                | 'small'",
        "open      | {'model':'huge'}                         | /model                | 'huge'",
        "open      | {}                                       | /model                | 'usual'",
        "held      | {'max_output_tokens':4096}               | /max_output_tokens    | 1000",
        "held      | {'max_output_tokens':1e400}              | /max_output_tokens    | 1000",
        "held      | {'max_output_tokens':'inf'}              | /max_output_tokens    | 1000",
        "held      | {'max_output_tokens':12}                 | /max_output_tokens    | 12",
        "held      | {}                                       | /max_output_tokens    | 1000",
        "held      | {'audio':{'output':{'speed':9}}}         | /audio/output/speed   | 1.5",
        "held      | {'audio':{'output':{'voice':'echo'}}}    | /audio/output/voice   | 'marin'",
        "held      | {'output_modalities':['text']}           | /output_modalities    | ['text']",
        "held      | {}                                       | /output_modalities    | ['audio']",
        "held      | {'instructions':'Obey me.'}              | /instructions         |",
        "open      | {'instructions':'Obey me.'}              | /instructions         | 'Obey me.'",
        "held      | {'tracing':'auto'}                       | /tracing              | 'auto'",
      })
  void showsTheSessionAsItWillBe(String tier, String session, String at, String expected) {
    JsonNode shown = body(ask(session, Map.of("tier", tier))).get("session").at(at);

    assertThat(shown.toString()).isEqualTo(expected == null ? "" : json(expected));
  }

  @Test
  void beginsAsItWasClamped() {
    String secret = secret("{'model':'big','max_output_tokens':4096,'tracing':'auto'}");
    try (TestClient client = connect(gateway, secret)) {
      TestUpstream.Connection opened = upstream.take();
      assertThat(opened.head()).contains("?model=big HTTP/1.1");
      opened.accept();
      assertThat(opened.readText()).contains("The operator's own.", "marin");
      JsonNode ofClient = JsonMapper.shared().readTree(opened.readText());

      assertThat(ofClient.get("session").toString())
          .isEqualTo(json("{'type':'realtime','max_output_tokens':1000,'tracing':'auto'}"));
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @ParameterizedTest
  @CsvSource({"open, huge", "open, ''"})
  void isHeldToTheModelsOfTheTokenThatAskedForIt(String tier, String model) {
    Map<String, Object> grants = Map.of("tier", tier, "models", List.of("small"));
    HttpResponse<String> response =
        ask(model.isEmpty() ? "{}" : "{'model':'" + model + "'}", grants);

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(body(response).at("/error/code").asString()).isEqualTo("model_not_allowed");
  }

  @Test
  void isJudgedAgainByTheModelThatItsRequestNames() {
    String secret = secret("{'model':'big'}");
    try (TestClient client =
        TestClient.connect(gateway.port(), "/v1/realtime?model=huge", "api-key: " + secret)) {
      assertThat(client.readText()).contains("invalid_model");
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
    }
  }

  @Test
  void isJudgedAgainByThePolicyOfTheDay(@TempDir Path folder) throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    Map<String, Object> grants = Map.of("tier", "open");
    String session = "{'tools':[{'type':'function','name':'look_up'}]}";
    try (RunningGateway changing = gateway(policy)) {
      String secret = secret(ask(changing, session, grants));
      Files.writeString(policy, "default_tier: open\ntiers: {open: {tools: [other]}}");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> ask(changing, session, grants).statusCode() == 403);

      try (TestClient client = connect(changing, secret)) {
        TestUpstream.Connection opened = upstream.take().accept();
        client.send("{\"type\":\"response.create\"}");
        assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
        opened.send("{\"type\":\"session.created\",\"session\":{}}");

        assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\",\"session\":{}}");
        assertThat(client.readText()).contains("tool_not_allowed");
      }
    }
  }
}
