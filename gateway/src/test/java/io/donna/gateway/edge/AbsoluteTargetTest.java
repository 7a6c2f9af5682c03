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

/** Requests whose target names the host too, which a server must accept (RFC 9112, 3.2.2). */
class AbsoluteTargetTest {
  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = RunningGateway.with("ALLOWED_ORIGINS", "https://app.example").start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static TestClient get(String target, String... headers) {
    return TestClient.raw(
        gateway.port(),
        "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + String.join("", headers) + "\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "http://x/health, 200",
    "HTTP://X/health, 200",
    "https://x/health, 200",
    "http://x, 200",
    "http://x/, 200",
    "http://x?a=b, 200",
    "http://x/realtime, 426",
    // What is no such target is a path that nobody has, and so is what hides in one.
    "http://x//health, 404",
    "http://x/http://x/health, 404",
    "http://x/a/../health, 404",
    "http://x/%68ealth, 404",
    "http:/health, 404",
    "http:x/health, 404",
    "ftp://x/health, 404",
    "//x/health, 404",
    "x/health, 404",
  })
  void isServedByItsPath(String target, int status) {
    try (TestClient client = get(target)) {
      assertThat(client.status()).isEqualTo(status);
    }
  }

  @Test
  void namesTheHostWhereNoHeaderDoes() {
    String request = "GET http://app.example:81/test HTTP/1.0\r\n\r\n";
    try (TestClient client = TestClient.raw(gateway.port(), request)) {
      assertThat(client.body()).contains("\"ws://app.example:81/realtime\"");
    }
  }

  @Test
  void upgrades() {
    String path = "http://localhost:" + gateway.port() + "/realtime";
    try (TestClient client = TestClient.connect(gateway.port(), path)) {
      assertThat(client.status()).isEqualTo(101);
      client.authenticate();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://x/test?token=abc", "http://x?token=abc", "http://x?a&TOKEN=abc"})
  void hidesNoCredentialInItsQuery(String target) {
    try (TestClient client = get(target)) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body()).contains("A credential in the URL");
    }
  }

  @Test
  void isLoggedAsItsPath() {
    try (TestClient client = get("http://x/test?secret=abc", "Origin: https://evil.example\r\n")) {
      assertThat(client.status()).isEqualTo(403);
      assertThat(gateway.log()).last().asString().endsWith("\"path\":\"/test\"}");
    }
  }
}
