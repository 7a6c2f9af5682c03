package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a token may be, and that nothing depends on which of two was read. */
class CredentialSourceTest {
  private static final String PAGE = "https://app.example.com";

  private static RunningGateway.Builder withCookie(TestUpstream upstream) {
    return RunningGateway.behind(upstream)
        .with("ALLOWED_ORIGINS", PAGE + ",null")
        .with("JWT_COOKIE", "session");
  }

  @Test
  void takesACookieOfAPageThatIsListed() {
    String token = RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = withCookie(upstream).start();
        TestClient page =
            gateway.connect("Origin: " + PAGE, "Cookie: theme=dark; session=" + token + "; a=b");
        TestClient sdk = gateway.connectDropIn("Origin: " + PAGE, "Cookie: session=" + token)) {
      assertThat(page.readText()).contains("auth_success");
      page.send("{\"type\":\"connect_realtime\"}");

      assertThat(upstream.take().accept().head()).doesNotContainIgnoringCase("cookie");
      upstream.take().accept();
      assertThat(sdk.status()).isEqualTo(101);
      gateway.awaitLog("\"userId\":\"ann\"");
      assertThat(gateway.log()).noneMatch(line -> line.contains(token));
    }
  }

  /** A transcription session must not become a realtime one, and a call no second one. */
  @ParameterizedTest
  @CsvSource({
    "/v1/realtime?model=m&call_id=rtc_1, call_id",
    "/openai/v1/realtime?intent=x, intent",
    "/openai/realtime?deployment=m&intent=transcription, deployment",
  })
  void refusesWhatItDoesNotServe(String path, String parameter) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            TestClient.connect(
                gateway.port(), path, "Authorization: Bearer " + RunningGateway.token("ann"))) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body())
          .contains("\"type\":\"invalid_request_error\"")
          .contains("\"param\":\"" + parameter + "\"");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X: y", "Origin: null"})
  void looksAtNoCookieWithoutThePageThatSentIt(String origin) {
    String cookie = "Cookie: session=" + RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = withCookie(upstream).start();
        TestClient page = gateway.connect(origin, cookie);
        TestClient sdk = gateway.connectDropIn(origin, cookie)) {
      page.send("{\"type\":\"connect_realtime\"}");
      assertThat(page.readText()).contains("auth_required");
      assertThat(sdk.readText()).contains("invalid_api_key");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void looksAtNoCookieOfAPageThatIsNotListedNorAtAnyWhereNoneIsNamed() {
    String cookie = "Cookie: session=" + RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = withCookie(upstream).start();
        RunningGateway other =
            RunningGateway.behind(upstream).with("ALLOWED_ORIGINS", PAGE).start();
        TestClient elsewhere = gateway.connect("Origin: https://evil.example", cookie);
        TestClient unnamed = other.connect("Origin: " + PAGE, cookie)) {
      assertThat(elsewhere.status()).isEqualTo(403);
      unnamed.send("{\"type\":\"connect_realtime\"}");
      assertThat(unnamed.readText()).contains("auth_required");
    }
  }

  @Test
  void refusesAPageWhoseCookieIsNoToken() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = withCookie(upstream).start();
        TestClient page = gateway.connect("Origin: " + PAGE, "Cookie: session=stale")) {
      assertThat(page.readText()).contains("Invalid token");
      assertThat(page.read().closeCode()).isEqualTo(4003);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "token",
    "access_token",
    "api_key",
    "api-key",
    "client_secret",
    "Access_Token",
    "acc%65ss_token",
    "access%5Ftoken"
  })
  void refusesACredentialInTheUrl(String name) {
    String token = RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      for (String path :
          List.of("/realtime?", "/v1/realtime?model=m&", "/openai/realtime?x=%zz&")) {
        try (TestClient client =
            TestClient.connect(
                gateway.port(), path + name + "=" + token, "Authorization: Bearer " + token)) {
          assertThat(client.status()).isEqualTo(400);
          assertThat(client.body()).contains("A credential in the URL").doesNotContain(token);
        }
      }

      assertThat(gateway.get("/test?" + name + "=x").statusCode()).isEqualTo(400);
      assertThat(upstream.isUntouched()).isTrue();
      gateway.awaitLog(
          "WS_AUTH_FAILED_INVALID_TOKEN: {\"ip\":\"127.0.0.xxx\",\"error\":\"credential in the query\"}");
      assertThat(gateway.log()).noneMatch(line -> line.contains(token));
      assertThat(gateway.gateway().connections()).isZero();
    }
  }

  @Test
  void takesATokenInTheUrlWhereTheSettingsNameItAndLogsAndForwardsItNowhere() {
    String token = RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("JWT_QUERY_PARAM", "access_token").start();
        TestClient page = TestClient.connect(gateway.port(), "/realtime?access_token=" + token);
        TestClient sdk =
            TestClient.connect(gateway.port(), "/v1/realtime?model=m&access_token=" + token);
        TestClient misplaced = TestClient.connect(gateway.port(), "/realtime?token=" + token);
        TestClient elsewhere =
            TestClient.connect(
                gateway.port(), "/test?access_token=" + token, "Origin: https://evil.example")) {
      assertThat(page.readText()).contains("auth_success");
      assertThat(upstream.take().accept().head()).doesNotContain(token).contains("model=m");
      assertThat(sdk.status()).isEqualTo(101);
      assertThat(misplaced.status()).isEqualTo(400);
      assertThat(elsewhere.status()).isBetween(200, 499);
      assertThat(gateway.log()).noneMatch(line -> line.contains(token.substring(0, 30)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Authorization: Bearer ANN | api-key: BOB",
        "Authorization: Bearer ANN | Authorization: Bearer BOB",
        "api-key: ANN | api-key: BOB",
        "Authorization: Bearer ANN | Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.BOB",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ANN, openai-insecure-api-key.BOB"
            + " | X: y",
        "api-key: ANN | Cookie: session=BOB",
        "Cookie: session=ANN | Cookie: session=BOB",
        "Cookie: session=ANN; session=BOB | X: y",
        "Authorization: Bearer ANN | api-key: none",
      })
  void refusesTwoCredentialsThatDiffer(String one, String other) {
    String ann = RunningGateway.token("ann");
    String bob = RunningGateway.token("bob");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = withCookie(upstream).start();
        TestClient client =
            gateway.connectDropIn(
                "Origin: " + PAGE,
                one.replace("ANN", ann).replace("BOB", bob),
                other.replace("BOB", bob))) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body())
          .isEqualTo("{\"error\":\"The request has two credentials that differ: send one\"}");
      gateway.awaitLog("\"error\":\"credentials that differ\"");
      gateway.awaitNoConnections();
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void takesTheSameCredentialInTwoPlaces() {
    String token = RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            gateway.connectDropIn(
                "Authorization: Bearer " + token,
                "api-key: ek_" + token,
                "Authorization: Basic eHg6eXk=",
                "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + token)) {
      assertThat(client.status()).isEqualTo(101);
      upstream.take().accept();
    }
  }
}
