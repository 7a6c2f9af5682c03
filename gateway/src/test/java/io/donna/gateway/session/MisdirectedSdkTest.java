package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.TestKeys;
import io.donna.gateway.kit.KeySetServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An SDK that connects to {@code /realtime}, its token in the handshake as on the drop-in path. */
class MisdirectedSdkTest {
  private static final String AUTH_REQUIRED =
      "{\"type\":\"auth_required\",\"error\":\"Please authenticate first\"}";

  @TempDir private Path folder;

  private static void assertGreeted(TestClient client) {
    JsonNode greeting = JsonMapper.shared().readTree(client.readText());
    assertThat(greeting.get("type").asString()).isEqualTo("error");
    assertThat(greeting.at("/error/type").asString()).isEqualTo("gateway_error");
    assertThat(greeting.at("/error/code").asString()).isEqualTo("wrong_endpoint");
    assertThat(greeting.at("/error/message").asString())
        .contains("/v1/realtime")
        .contains("{\"type\":\"authenticate\",\"token\":\"...\"}");
  }

  /** The first that it hears is the answer to what it says first. */
  private static void assertNotGreeted(TestClient client) {
    client.send("{\"type\":\"session.update\"}");
    assertThat(client.readText()).isEqualTo(AUTH_REQUIRED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer %s",
        "authorization: bearer ek_%s",
        "api-key: %s",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.%s",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ek_%s, openai-beta.realtime-v1",
      })
  void isToldWhereItBelongsAtOnceAndIsNotAuthenticated(String header) {
    String token = RunningGateway.token("ann");
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect(header.formatted(token))) {
      assertGreeted(client);
      client.send("{\"type\":\"connect_realtime\"}");
      assertThat(client.readText()).isEqualTo(AUTH_REQUIRED);
      client.authenticate(RunningGateway.token("bob"));

      gateway.awaitLog("WS_AUTH_SUCCESS: {\"ip\":\"127.0.0.xxx\",\"userId\":\"bob\"}");
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] WS_HANDSHAKE_TOKEN_IGNORED:"
                  + " {\"ip\":\"127.0.0.xxx\",\"userId\":\"ann\"}")
          .noneMatch(line -> line.contains("WS_AUTH_SUCCESS") && line.contains("ann"))
          .noneMatch(line -> line.contains(token));
    }
  }

  @Test
  void isClosedAtTheTimeoutAllTheSame() {
    try (RunningGateway gateway = RunningGateway.with("AUTH_TIMEOUT_MS", 200).start();
        TestClient client = gateway.connect(RunningGateway.bearer("ann"))) {
      assertGreeted(client);
      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Authentication timeout\"}");
      assertThat(client.read().closeCode()).isEqualTo(4001);
    }
  }

  @Test
  void isToldSoWithAClientSecretToo() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      String answer = gateway.askForSecret("{}", RunningGateway.token("ann")).body();
      String secret = JsonMapper.shared().readTree(answer).get("value").asString();
      try (TestClient client = gateway.connect("Authorization: Bearer " + secret)) {
        assertGreeted(client);
      }
    }
  }

  /** What a proxy on the way is for, or nobody, and what has ended. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Authorization: Bearer sk-not-a-token | jwt malformed",
        "Authorization: Bearer ek_not.a.token | jwt malformed",
        "api-key: EXPIRED | jwt expired",
        "Authorization: Bearer FORGED | invalid signature",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.FORGED | invalid signature",
      })
  void hearsNothingOfATokenThatIsNone(String header, String error) {
    String expired = RunningGateway.token("ann", Duration.ofSeconds(-1));
    String forged = RunningGateway.token("ann").replaceFirst("\\.[^.]*$", "." + "A".repeat(43));
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            gateway.connect(header.replace("EXPIRED", expired).replace("FORGED", forged))) {
      assertNotGreeted(client);

      gateway.awaitLog(
          "WS_HANDSHAKE_TOKEN_IGNORED: {\"ip\":\"127.0.0.xxx\",\"error\":\"" + error + "\"}");
      assertThat(gateway.log()).noneMatch(line -> line.contains("WS_AUTH_FAILED_INVALID_TOKEN"));
    }
  }

  @Test
  void hearsNothingOfATokenThatIsRevoked() throws IOException {
    Path revocations = Files.writeString(folder.resolve("revoked"), "{\"sub\":\"ann\"}\n");
    try (RunningGateway gateway = RunningGateway.with("JWT_REVOCATIONS_FILE", revocations).start();
        TestClient client = gateway.connect(RunningGateway.bearer("ann"))) {
      assertNotGreeted(client);
      gateway.awaitLog("\"error\":\"jwt revoked\"");
    }
  }

  /** Nobody's question, as on this path nothing depends on which one is read. */
  @Test
  void hearsNothingOfTwoTokensThatDiffer() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            gateway.connect(
                RunningGateway.bearer("ann"), "api-key: " + RunningGateway.token("bob"))) {
      assertNotGreeted(client);
      assertThat(gateway.log()).noneMatch(line -> line.contains("HANDSHAKE_TOKEN"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X: y",
        "Authorization: Basic eHg6eXk=",
        "Authorization: Bearer",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.",
        "OpenAI-Beta: realtime=v1",
        "Cookie: session=x"
      })
  void isNoSdkWithoutATokenInItsHandshake(String header) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect(header)) {
      assertNotGreeted(client);
      assertThat(gateway.log()).hasSize(1).first().asString().contains("ESTABLISHED");
    }
  }

  @Test
  void isNoSdkWhereTheSettingsHaveItsTokenRead() {
    String token = RunningGateway.token("ann");
    try (RunningGateway gateway =
            RunningGateway.with("ALLOWED_ORIGINS", "https://app.example.com")
                .with("JWT_COOKIE", "session")
                .start();
        TestClient page =
            gateway.connect(
                "Origin: https://app.example.com",
                "Cookie: session=" + token,
                "Authorization: Bearer " + token)) {
      assertThat(page.readText()).contains("auth_success");
      page.send("{\"type\":\"response.create\"}");
      assertThat(page.readText()).contains("not_connected");
    }
  }

  /** A stranger's token, shown again and again, must not have us ask the provider as often. */
  @Test
  void hasNoKeyFetchedForIt() {
    String keys = TestKeys.jwks(TestKeys.jwk(TestKeys.P256, "k1"));
    String known =
        TestKeys.token("ES256", "k1", TestKeys.P256.getPrivate(), "{'sub':'ann','exp':9999999999}");
    String unknown =
        TestKeys.token("ES256", "k2", TestKeys.P256.getPrivate(), "{'sub':'ann','exp':9999999999}");
    try (KeySetServer server = KeySetServer.start().serve("/keys", keys);
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream)
                .without("JWT_SECRET")
                .with("JWT_JWKS_URL", server.uri("/keys"))
                .start()) {
      try (TestClient sdk = gateway.connectDropIn("Authorization: Bearer " + known)) {
        upstream.take().accept();
        assertThat(sdk.status()).isEqualTo(101);
      }
      int fetched = server.requests();
      try (TestClient client = gateway.connect("Authorization: Bearer " + unknown)) {
        assertNotGreeted(client);
      }
      try (TestClient client = gateway.connect("Authorization: Bearer " + known)) {
        assertGreeted(client);
      }
      assertThat(server.requests()).isEqualTo(fetched);
    }
  }

  /** As on the drop-in path, where whoever needs no token writes any word for an SDK's key. */
  @ParameterizedTest
  @CsvSource({"any-word, true", "ek_any-word, true", "TOKEN, true", "not.a.token, false"})
  void isToldSoByADevelopersGatewayWithAnyKey(String key, boolean greeted) {
    String shown = key.replace("TOKEN", RunningGateway.token("ann"));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).optionalTokens().start();
        TestClient client = gateway.connect("Authorization: Bearer " + shown)) {
      if (greeted) {
        assertGreeted(client);
      }
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
    }
  }

  @Test
  void isNotToldSoWhereThereIsNoAuthenticationAtAll() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().without("JWT_SECRET").start();
        TestClient client = gateway.connect(RunningGateway.bearer("ann"))) {
      client.send("{\"type\":\"response.create\"}");
      assertThat(client.readText()).contains("not_connected");
    }
  }
}
