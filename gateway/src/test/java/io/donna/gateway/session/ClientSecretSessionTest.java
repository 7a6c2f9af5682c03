package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code POST /v1/realtime/client_secrets}, and the sessions that its secrets open. */
class ClientSecretSessionTest {
  private static final String SESSION =
      "{\"session\":{\"type\":\"realtime\",\"model\":\"gpt-realtime-2.1-mini\","
          + "\"instructions\":\"Be brief.\",\"audio\":{\"output\":{\"voice\":\"marin\"}}}}";

  @TempDir private Path folder;

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static String secret(RunningGateway gateway, String body) {
    HttpResponse<String> response = gateway.askForSecret(body, RunningGateway.token("ann"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response).get("value").asString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/realtime/client_secrets", "/openai/v1/realtime/client_secrets"})
  void answersAsTheUpstreamDoes(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response =
          gateway.post(path, SESSION, "Authorization", "Bearer " + RunningGateway.token("ann"));

      assertThat(response.statusCode()).isEqualTo(200);
      JsonNode answer = json(response);
      assertThat(answer.get("value").asString()).startsWith("ek_ey");
      assertThat(Instant.ofEpochSecond(answer.get("expires_at").asLong()))
          .isBetween(Instant.now().plusSeconds(590), Instant.now().plusSeconds(600));
      JsonNode session = answer.get("session");
      assertThat(session.get("id").asString()).matches("sess_[A-Za-z0-9]{21}");
      assertThat(session.get("object").asString()).isEqualTo("realtime.session");
      assertThat(session.get("model").asString()).isEqualTo("gpt-realtime-2.1-mini");
      assertThat(session.get("expires_at").asInt()).isZero();
      assertThat(session.get("instructions").asString()).isEqualTo("Be brief.");
      assertThat(gateway.log())
          .containsExactly(
              "🔒 [SECURITY] CLIENT_SECRET_CREATED: {\"ip\":\"127.0.0.xxx\",\"userId\":\"ann\"}");
    }
  }

  @Test
  void mintsForTheModelThatAnAliasStandsFor() {
    try (RunningGateway gateway =
        RunningGateway.with("MODEL_ALIASES", "gpt-4o-realtime-preview=gpt-realtime-2.1").start()) {
      HttpResponse<String> response =
          gateway.post(
              "/v1/realtime/client_secrets",
              "{\"session\":{\"type\":\"realtime\",\"model\":\"gpt-4o-realtime-preview\"}}",
              "Authorization",
              "Bearer " + RunningGateway.token("ann"));

      assertThat(json(response).at("/session/model").asString()).isEqualTo("gpt-realtime-2.1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api-key: %s",
        "Authorization: Bearer %s",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.%s",
      })
  void opensSessionsSetUpAsAskedAndShowsNothingOfTheSettingUp(String header) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            TestClient.connect(
                gateway.port(), "/v1/realtime", header.formatted(secret(gateway, SESSION)))) {
      client.send("{\"type\":\"response.create\"}");
      TestUpstream.Connection opened = upstream.take().accept();
      assertThat(opened.head()).startsWith("GET /v1/realtime?model=gpt-realtime-2.1-mini HTTP");
      opened.send("{\"type\":\"session.created\",\"session\":{\"voice\":\"theirs\"}}");
      JsonNode update = JsonMapper.shared().readTree(opened.readText());

      assertThat(update.get("type").asString()).isEqualTo("session.update");
      assertThat(update.get("session").toString())
          .isEqualTo(
              "{\"type\":\"realtime\",\"instructions\":\"Be brief.\","
                  + "\"audio\":{\"output\":{\"voice\":\"marin\"}}}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      opened.send("{\"type\":\"session.updated\",\"event_id\":\"e\",\"session\":{\"voice\":1}}");
      opened.send("{\"type\":\"session.updated\",\"session\":{\"voice\":2}}");

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"session.created\",\"event_id\":\"e\",\"session\":{\"voice\":1}}");
      assertThat(client.readText())
          .isEqualTo("{\"type\":\"session.updated\",\"session\":{\"voice\":2}}");
    }
  }

  @Test
  void tellsWhatTheUpstreamDidNotTake() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn("api-key: " + secret(gateway, SESSION))) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send("{\"type\":\"session.created\",\"session\":{}}");
      String id = JsonMapper.shared().readTree(opened.readText()).get("event_id").asString();
      String error = "{\"type\":\"error\",\"error\":{\"code\":\"x\",\"event_id\":\"" + id + "\"}}";
      opened.send(error);
      opened.send("{\"type\":\"session.updated\"}");

      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\",\"session\":{}}");
      assertThat(client.readText()).isEqualTo(error);
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.updated\"}");
    }
  }

  @Test
  void holdsAConversationWithTheSimulator() throws IOException {
    try (Simulator simulator = Simulator.builder().port(0).speed(50.0).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        TestClient client =
            gateway.connectDropIn(
                "api-key: "
                    + secret(
                        gateway, SESSION.replace("gpt-realtime-2.1-mini", "gpt-realtime-2.1")))) {
      JsonNode created = JsonMapper.shared().readTree(client.readText());

      assertThat(created.get("type").asString()).isEqualTo("session.created");
      assertThat(created.at("/session/audio/output/voice").asString()).isEqualTo("marin");
      assertThat(created.at("/session/instructions").asString()).isEqualTo("Be brief.");
      client.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");
      assertThat(client.readText()).contains("\"type\":\"session.updated\"");
    }
  }

  @Test
  void setsNothingUpWhereNothingWasAskedFor() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn("api-key: " + secret(gateway, ""))) {
      client.send("{\"type\":\"response.create\"}");
      TestUpstream.Connection opened = upstream.take().accept();

      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "ek_nonsense", "eyJhbGciOiJub25lIn0.e30."})
  void refusesWhoIsNobody(String token) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response = gateway.askForSecret(SESSION, token);

      assertThat(response.statusCode()).isEqualTo(401);
      assertThat(json(response).at("/error/code").asString()).isEqualTo("invalid_api_key");
      assertThat(json(response).at("/error/type").asString()).isEqualTo("invalid_request_error");
      assertThat(gateway.log()).hasSize(1).allMatch(line -> line.contains("HTTP_AUTH_FAILED"));
      assertThat(gateway.log()).noneMatch(line -> line.contains("nonsense"));
    }
  }

  @Test
  void refusesWhoSaysNothingOrTwoThings() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String path = "/v1/realtime/client_secrets";
      assertThat(gateway.post(path, SESSION).statusCode()).isEqualTo(401);
      assertThat(
              gateway
                  .post(
                      path,
                      SESSION,
                      "Authorization",
                      "Bearer " + RunningGateway.token("ann"),
                      "api-key",
                      RunningGateway.token("bob"))
                  .statusCode())
          .isEqualTo(400);
      assertThat(gateway.get(path).statusCode()).isEqualTo(405);
      assertThat(gateway.get(path).headers().firstValue("Allow")).hasValue("POST, OPTIONS");
    }
  }

  @Test
  void mintsNoSecretByASecret() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String secret = secret(gateway, SESSION);

      assertThat(gateway.askForSecret(SESSION, secret).statusCode()).isEqualTo(401);
      assertThat(gateway.askForSecret(SESSION, secret.substring(3)).statusCode()).isEqualTo(401);
      try (TestClient client = gateway.connect()) {
        client.send("{\"type\":\"authenticate\",\"token\":\"" + secret.substring(3) + "\"}");
        assertThat(client.readText()).contains("Invalid token");
      }
    }
  }

  @Test
  void saysInTheUpstreamsShapeWhatItDoesNotTake() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String token = RunningGateway.token("ann");
      HttpResponse<String> response =
          gateway.askForSecret("{\"expires_after\":{\"seconds\":5}}", token);

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(json(response).at("/error/param").asString()).isEqualTo("expires_after");
      assertThat(gateway.askForSecret("x".repeat(17_000), token).statusCode()).isEqualTo(413);
    }
  }

  @Test
  void hasNoSecretsWhereThereAreNoUsers() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().without("JWT_SECRET").start()) {
      assertThat(gateway.askForSecret(SESSION, "x").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void endsWithTheTokenItRestsOn() throws IOException {
    Path revoked = Files.createFile(folder.resolve("revoked"));
    String token = RunningGateway.token("ann", Map.of("jti", "t1"));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("JWT_REVOCATIONS_FILE", revoked).start()) {
      String secret = json(gateway.askForSecret(SESSION, token)).get("value").asString();
      try (TestClient client = gateway.connectDropIn("api-key: " + secret)) {
        upstream.take().accept();
        Files.writeString(revoked, "{\"jti\":\"t1\"}\n");

        assertThat(client.readText()).contains("\"code\":\"token_revoked\"");
        assertThat(client.read().closeCode()).isEqualTo(3000);
      }
      try (TestClient client = gateway.connectDropIn("api-key: " + secret)) {
        assertThat(client.readText()).contains("invalid_api_key");
      }
    }
  }
}
