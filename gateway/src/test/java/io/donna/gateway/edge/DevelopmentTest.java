package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page may do that a developer visits while a gateway runs that asks nobody for a token. */
class DevelopmentTest {
  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = RunningGateway.withoutUpstream().without("JWT_SECRET").start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static TestClient upgrade(RunningGateway asked, String host, String... headers) {
    StringBuilder request =
        new StringBuilder("GET /realtime HTTP/1.1\r\nHost: " + host + "\r\n")
            .append("Upgrade: websocket\r\nConnection: Upgrade\r\n")
            .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return TestClient.raw(asked.port(), request.append("\r\n").toString());
  }

  private static int get(RunningGateway asked, String path, String host) {
    try (TestClient client =
        TestClient.raw(asked.port(), "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) {
      return client.status();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://localhost:5173", "http://127.0.0.1:3000", "https://localhost", "X: none"})
  void letsPagesOfThisMachineInAndWhoIsNoPage(String origin) {
    String header = origin.startsWith("http") ? "Origin: " + origin : origin;
    try (TestClient client = upgrade(gateway, "localhost:3001", header)) {
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.2",
        "null"
      })
  void keepsAnyOtherPageOut(String origin) {
    try (TestClient client = upgrade(gateway, "localhost:3001", "Origin: " + origin)) {
      assertThat(client.status()).isEqualTo(403);
      assertThat(client.body()).isEqualTo("{\"error\":\"Origin not allowed\"}");
    }
    gateway.awaitLog(
        "WS_CONNECTION_BLOCKED_INVALID_ORIGIN: {\"ip\":\"127.0.0.xxx\",\"origin\":\""
            + origin
            + "\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LocalHost:3001", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:3001"})
  void answersToTheNamesOfThisMachine(String host) {
    assertThat(get(gateway, "/test", host)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:3001",
        "localhost.evil.example",
        "localhost.",
        "evil.localhost",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "0.0.0.0:3001",
        "192.168.1.2:3001",
        "[::ffff:127.0.0.1]",
        "[::1].evil.example",
      })
  void answersToNoNameThatAPageCanHaveItselfResolvedTo(String host) {
    try (TestClient client = upgrade(gateway, host)) {
      assertThat(client.status()).isEqualTo(421);
      assertThat(client.body()).isEqualTo("{\"error\":\"Host not allowed\"}");
    }
    assertThat(get(gateway, "/test", host)).isEqualTo(421);
    assertThat(get(gateway, "/v1/realtime/client_secrets", host)).isEqualTo(421);
    gateway.awaitLog(
        "WS_CONNECTION_BLOCKED_INVALID_HOST: {\"ip\":\"127.0.0.xxx\",\"host\":\"" + host + "\"}");
    gateway.awaitLog(
        "HTTP_BLOCKED_INVALID_HOST: {\"ip\":\"127.0.0.xxx\",\"host\":\""
            + host
            + "\",\"path\":\"/test\"}");
  }

  @Test
  void answersAHealthCheckByWhateverName() {
    assertThat(get(gateway, "/health", "evil.example")).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "app.example.com, 200",
    "app.example.com:3001, 200",
    "deep.sub.example.org, 200",
    "localhost, 200",
    "example.org, 421",
    "null, 421",
    "evil-example.org, 421",
    "app.example.com.evil.example, 421",
  })
  void answersToTheHostsOfListedOrigins(String host, int status) {
    try (RunningGateway listed =
        RunningGateway.with(
                "ALLOWED_ORIGINS", "https://app.example.com:8443,https://*.example.org,null")
            .without("JWT_SECRET")
            .start()) {
      assertThat(get(listed, "/test", host)).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.2, 127.0.0.2, 127.0.0.3",
    "127.0.0.2, localhost, evil.example",
    "0.0.0.0, 192.168.1.2:3001, evil.example",
    "0.0.0.0, [2001:db8::1]:3001, 1.evil.example",
  })
  void answersToTheAddressThatItListensOn(String listensOn, String host, String another) {
    try (RunningGateway elsewhere =
        RunningGateway.with("HOST", listensOn).without("JWT_SECRET").start()) {
      String address = listensOn.equals("0.0.0.0") ? "127.0.0.1" : listensOn;
      assertThat(getAt(address, elsewhere, host)).isEqualTo(200);
      assertThat(getAt(address, elsewhere, another)).isEqualTo(421);
    }
  }

  private static int getAt(String address, RunningGateway asked, String host) {
    try (TestClient client =
        TestClient.raw(address, asked.port(), "GET /test HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) {
      return client.status();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "JWT_SECRET, a secret of the tests that is long enough for HS256",
    "ALLOWED_ORIGINS, *"
  })
  void answersToAnyNameWhereATokenGuardsOrAnyPageMayComeIn(String name, String value) {
    try (RunningGateway guarded =
        RunningGateway.withoutUpstream().without("JWT_SECRET").with(name, value).start()) {
      assertThat(get(guarded, "/test", "gateway.example")).isEqualTo(200);
    }
  }

  @Test
  void answersToAnyNameInProduction() {
    try (RunningGateway production =
        RunningGateway.with("DONNA_ENV", "production")
            .with("ALLOW_INSECURE", "true")
            .without("JWT_SECRET")
            .start()) {
      assertThat(get(production, "/test", "gateway.example")).isEqualTo(200);
    }
  }
}
