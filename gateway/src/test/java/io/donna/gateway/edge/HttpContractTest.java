package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Contract, section 1. */
class HttpContractTest {
  private static JsonNode json(HttpResponse<String> response) {
    assertThat(response.headers().firstValue("content-type"))
        .hasValue("application/json; charset=utf-8");
    return JsonMapper.shared().readTree(response.body());
  }

  @Test
  void saysWhatItIsAtTheRoot() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response = gateway.get("/");

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(json(response).get("status").asString()).isEqualTo("ok");
      assertThat(json(response).get("service").asString()).isEqualTo("DONNA WebSocket Server");
      assertThat(json(response).get("websocket_url").asString()).isEqualTo("/realtime");
      assertThat(json(response).get("message").asString()).isNotEmpty();
    }
  }

  @Test
  void reportsHealthWithItsFeatures() {
    try (RunningGateway gateway =
        RunningGateway.with("ALLOWED_ORIGINS", "https://a.example").start()) {
      JsonNode health = json(gateway.get("/health"));

      assertThat(health.get("status").asString()).isEqualTo("ok");
      assertThat(Instant.parse(health.get("timestamp").asString()))
          .isBeforeOrEqualTo(Instant.now());
      assertThat(health.get("max_connections").asInt()).isEqualTo(10_000);
      assertThat(health.get("features").toString())
          .isEqualTo(
              "{\"websocket_proxy\":true,\"origin_validation\":true,\"jwt_auth\":true,\"rate_limiting\":true}");
    }
  }

  @Test
  void neverLimitsHealth() {
    try (RunningGateway gateway = RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 1).start()) {
      gateway.get("/test");
      for (int i = 0; i < 5; i++) {
        assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      }

      assertThat(gateway.get("/test").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void testRouteSaysWhereTheWebSocketIsAndWhatGuardsIt() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response = gateway.get("/test");

      assertThat(response.body())
          .isEqualTo(
              "{\"message\":\"DONNA WebSocket Server is running!\","
                  + "\"websocket_url\":\"ws://127.0.0.1:%d/realtime\",".formatted(gateway.port())
                  + "\"security_enabled\":{\"authentication\":true,"
                  + "\"origin_validation\":false,\"rate_limiting\":true}}");
    }
  }

  @Test
  void believesOnlyTrustedProxiesAboutTheScheme() {
    try (RunningGateway trusting = RunningGateway.with("TRUSTED_PROXIES", "127.0.0.0/8").start();
        RunningGateway other = RunningGateway.withoutUpstream().start()) {
      assertThat(trusting.get("/test", "X-Forwarded-Proto", "https").body()).contains("\"wss://");
      assertThat(other.get("/test", "X-Forwarded-Proto", "https").body()).contains("\"ws://");
    }
  }

  @Test
  void answersNothingButRootAndHealthWhileTheProxyIsOff() {
    try (RunningGateway gateway = RunningGateway.with("ENABLE_WS_PROXY", false).start()) {
      HttpResponse<String> refused = gateway.get("/test");

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(json(refused).get("error").asString())
          .isEqualTo("WebSocket proxy service is currently disabled");
      assertThat(json(refused).has("service")).isTrue();
      assertThat(json(refused).has("timestamp")).isTrue();
      assertThat(gateway.get("/nowhere").statusCode()).isEqualTo(503);
      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      try (TestClient client = gateway.connect()) {
        assertThat(client.status()).isEqualTo(503);
        assertThat(client.body()).contains("WebSocket proxy service is currently disabled");
      }
      assertThat(gateway.log())
          .containsExactly(
              "🔒 [SECURITY] WS_CONNECTION_BLOCKED_FEATURE_DISABLED: {\"ip\":\"127.0.0.xxx\"}");
    }
  }

  @Test
  void refusesOriginsThatAreNotListed() {
    try (RunningGateway gateway =
        RunningGateway.with("ALLOWED_ORIGINS", "https://app.example.com").start()) {
      HttpResponse<String> refused = gateway.get("/test", "Origin", "https://malicious.com");
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).isEqualTo("{\"error\":\"Origin not allowed\"}");
      assertThat(refused.headers().firstValue("access-control-allow-origin")).isEmpty();

      try (TestClient client = gateway.connect("Origin: https://malicious.com")) {
        assertThat(client.status()).isEqualTo(403);
        assertThat(client.body()).isEqualTo("{\"error\":\"Origin not allowed\"}");
      }
      try (TestClient client = gateway.connect("Origin: https://app.example.com")) {
        assertThat(client.status()).isEqualTo(101);
      }
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] HTTP_BLOCKED_INVALID_ORIGIN:"
                  + " {\"ip\":\"127.0.0.xxx\",\"origin\":\"https://malicious.com\",\"path\":\"/test\"}",
              "🔒 [SECURITY] WS_CONNECTION_BLOCKED_INVALID_ORIGIN:"
                  + " {\"ip\":\"127.0.0.xxx\",\"origin\":\"https://malicious.com\"}");
    }
  }

  @Test
  void limitsTheRateOfRequestsAndOfConnectionsApart() {
    try (RunningGateway gateway =
        RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 2)
            .with("RATE_LIMIT_WINDOW_MS", 60_000)
            .start()) {
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      HttpResponse<String> refused = gateway.get("/test");

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(json(refused).get("error").asString()).isEqualTo("Too many requests");
      assertThat(json(refused).get("retryAfter").asInt()).isBetween(55, 60);
      assertThat(refused.headers().firstValueAsLong("retry-after").getAsLong()).isBetween(55L, 60L);
      assertThat(refused.headers().firstValue("ratelimit-limit")).hasValue("2");
      assertThat(refused.headers().firstValue("ratelimit-remaining")).hasValue("0");
      assertThat(refused.headers().firstValueAsLong("ratelimit-reset").getAsLong())
          .isBetween(55L, 60L);
      for (int expected : new int[] {101, 101, 429}) {
        try (TestClient client = gateway.connect()) {
          assertThat(client.status()).isEqualTo(expected);
        }
      }
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] HTTP_RATE_LIMIT_EXCEEDED: {\"ip\":\"127.0.0.xxx\",\"path\":\"/test\"}",
              "🔒 [SECURITY] WS_CONNECTION_BLOCKED_RATE_LIMIT: {\"ip\":\"127.0.0.xxx\"}");
    }
  }

  @Test
  void keepsQueriesOutOfTheLog() {
    try (RunningGateway gateway =
        RunningGateway.with("ALLOWED_ORIGINS", "https://a.example").start()) {
      gateway.get("/test?token=very-secret", "Origin", "https://b.example");

      assertThat(gateway.log()).singleElement().asString().doesNotContain("very-secret");
    }
  }

  @Test
  void refusesTheFourthConnectionOfOneAddress() {
    try (RunningGateway gateway = RunningGateway.with("MAX_CONNECTIONS_PER_IP", 3).start()) {
      TestClient first = gateway.connect();
      TestClient second = gateway.connect();
      TestClient third = gateway.connect();
      try (TestClient fourth = gateway.connect()) {
        assertThat(fourth.status()).isEqualTo(429);
      }
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] WS_CONNECTION_BLOCKED_CONNECTION_LIMIT:"
                  + " {\"ip\":\"127.0.0.xxx\",\"currentConnections\":3,\"maxAllowed\":3}");

      first.close();
      second.sendClose(1000, "bye");
      third.close();
      gateway.awaitNoConnections();
      try (TestClient again = gateway.connect()) {
        assertThat(again.status()).isEqualTo(101);
      }
    }
  }

  @Test
  void refusesWhoComesWhenTheGatewayIsFull() {
    try (RunningGateway gateway = RunningGateway.with("MAX_CONNECTIONS", 1).start();
        TestClient only = gateway.connectReady();
        TestClient next = gateway.connect()) {
      assertThat(only.status()).isEqualTo(101);
      assertThat(next.status()).isEqualTo(503);
      assertThat(next.head()).containsPattern("(?i)retry-after: \\d+");
      assertThat(gateway.log())
          .contains("🔒 [SECURITY] WS_CONNECTION_BLOCKED_CAPACITY: {\"ip\":\"127.0.0.xxx\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/realtime", "/v1/realtime", "/openai/v1/realtime", "/openai/realtime"})
  void asksForAnUpgradeOnWebSocketPaths(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> response = gateway.get(path);

      assertThat(response.statusCode()).isEqualTo(426);
      assertThat(response.headers().firstValue("upgrade")).hasValue("websocket");
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET,     /nowhere,  404
          POST,    /test,     405
          DELETE,  /health,   405
          POST,    /realtime, 405
          HEAD,    /test,     200
          OPTIONS, /test,     204
          """)
  void answersOtherPathsAndMethods(String method, String path, int status) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(gateway.port(), method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
      assertThat(client.status()).isEqualTo(status);
      if (status == 405) {
        assertThat(client.head()).containsIgnoringCase("Allow: GET, HEAD, OPTIONS");
      }
    }
  }

  @Test
  void answersPreflightsOfAllowedOrigins() {
    String preflight =
        String.join(
            "\r\n",
            "OPTIONS /test HTTP/1.1",
            "Host: x",
            "Origin: %s",
            "Access-Control-Request-Method: GET",
            "",
            "");
    try (RunningGateway gateway =
            RunningGateway.with("ALLOWED_ORIGINS", "https://a.example").start();
        TestClient allowed =
            TestClient.raw(gateway.port(), preflight.formatted("https://a.example"));
        TestClient refused =
            TestClient.raw(gateway.port(), preflight.formatted("https://b.example"))) {
      assertThat(allowed.status()).isEqualTo(204);
      assertThat(allowed.head())
          .contains("Access-Control-Allow-Origin: https://a.example")
          .contains("Access-Control-Allow-Methods: GET, HEAD, OPTIONS")
          .contains("Access-Control-Allow-Headers: Authorization");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.head()).doesNotContain("Access-Control");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no key                | Sec-WebSocket-Version: 13                                                | 400
          a short key           | Sec-WebSocket-Version: 13~Sec-WebSocket-Key: c2hvcnQ=                    | 400
          a key that is none    | Sec-WebSocket-Version: 13~Sec-WebSocket-Key: ????????????????????????    | 400
          two keys              | Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | 400
          another version       | Sec-WebSocket-Version: 8~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==     | 426
          no version            | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==                              | 426
          """)
  void refusesBrokenHandshakes(String what, String headers, int status) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(),
                "GET /realtime HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + headers.replace("~", "\r\n")
                    + "\r\n\r\n")) {
      assertThat(client.status()).as(what).isEqualTo(status);
      gateway.awaitNoConnections();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /test HTTP/1.1\r\n\r\n",
        "GET /test HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /test HTTP/1.1\r\nHost: x\r\nOrigin: https://a\r\nOrigin: https://b\r\n\r\n",
        "GET /test HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
        "GET /test HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "GET /test HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "\u0016\u0003\u0001\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      })
  void refusesMalformedHttpAndEndsTheConnection(String request) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = TestClient.raw(gateway.port(), request)) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body()).doesNotContain("xception");
      assertThat(client.reachesEnd()).isTrue();
    }
  }

  @Test
  void refusesHeadsAndBodiesThatAreTooLarge() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient line =
            TestClient.raw(
                gateway.port(), "GET /" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        TestClient headers =
            TestClient.raw(
                gateway.port(),
                "GET / HTTP/1.1\r\nHost: x\r\nA: " + "x".repeat(40_000) + "\r\n\r\n");
        TestClient body =
            TestClient.raw(
                gateway.port(),
                "POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
                    + "x".repeat(5_000_000));
        TestClient upgradeWithBody =
            gateway.connect("Content-Length: 0", "X: y", "Transfer-Encoding: identity")) {
      assertThat(line.status()).isEqualTo(414);
      assertThat(headers.status()).isEqualTo(431);
      assertThat(body.status()).isEqualTo(413);
      assertThat(upgradeWithBody.status()).isNotEqualTo(500);
    }
  }

  @Test
  void takesTokensOfSixKilobytesInASubprotocol() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            gateway.connect(
                "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + "x".repeat(6_000))) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(client.head()).contains("Sec-WebSocket-Protocol: realtime\r\n");
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() {
    String one = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    String other = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = TestClient.raw(gateway.port(), one.repeat(100) + other)) {
      String all = client.head() + client.rest();
      assertThat(all.split("HTTP/1.1 200", -1)).hasSize(101);
      assertThat(all).containsOnlyOnce("HTTP/1.1 404");
      assertThat(all.lastIndexOf("HTTP/1.1 200")).isLessThan(all.indexOf("HTTP/1.1 404"));
    }
  }
}
