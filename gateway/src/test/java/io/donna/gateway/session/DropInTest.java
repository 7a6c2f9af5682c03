package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Contract, section 2b: the upstream's own protocol for SDKs, and nothing of the gateway's. */
class DropInTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer %s",
        "authorization: bearer %s",
        "Authorization: Bearer ek_%s",
        "api-key: %s",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.%s",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ek_%s, openai-agents-sdk.0.20.0",
      })
  void findsTheTokenWhereSdksPutTheirKey(String header) {
    String token = RunningGateway.token("sdk-user");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn(header.formatted(token))) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send("{\"type\":\"session.created\"}");

      assertThat(client.status()).isEqualTo(101);
      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      assertThat(client.head().contains("Sec-WebSocket-Protocol: realtime\r\n"))
          .isEqualTo(header.startsWith("Sec-WebSocket-Protocol"));
      assertThat(client.head()).doesNotContain(token);
      assertThat(opened.head()).doesNotContain(token).contains(RunningGateway.API_KEY);
      assertThat(gateway.log()).noneMatch(line -> line.contains(token)).hasSize(2);
    }
  }

  @Test
  void forwardsNothingThatIsTheClientsBusiness() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("ALLOWED_ORIGINS", "https://app.example").start();
        TestClient client =
            gateway.connectDropIn(
                RunningGateway.bearer("u"),
                "OpenAI-Beta: realtime=v1",
                "OpenAI-Organization: org-x",
                "OpenAI-Project: proj-y",
                "Cookie: a=b",
                "OpenAI-Safety-Identifier: somebody-else",
                "Origin: https://app.example")) {
      TestUpstream.Connection opened = upstream.take().accept();

      assertThat(client.status()).isEqualTo(101);
      assertThat(opened.head())
          .doesNotContainIgnoringCase("beta")
          .doesNotContain("org-x")
          .doesNotContain("proj-y")
          .doesNotContainIgnoringCase("cookie")
          .doesNotContain("somebody-else")
          .doesNotContain("app.example");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/realtime?model=gpt-realtime-2, gpt-realtime-2",
    "/openai/v1/realtime?model=my-dep,  my-dep",
    "/openai/realtime?api-version=2025-04-01-preview&deployment=my-dep, my-dep",
    "/v1/realtime, gpt-realtime-2.1",
    "/v1/realtime?model=, gpt-realtime-2.1",
    "/v1/realtime?model=a%26b%3Dc%20%0d%0aX:%20y, a%26b%3Dc+%0D%0AX%3A+y",
    "/v1/realtime?model=%zz, gpt-realtime-2.1",
  })
  void passesTheModelOn(String path, String model) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = TestClient.connect(gateway.port(), path, RunningGateway.bearer("u"))) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(upstream.take().accept().head())
          .startsWith("GET /v1/realtime?model=" + model + " HTTP/1.1\r\n");
    }
  }

  @Test
  void namesAModelByTheAliasThatItsClientsStillUse() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream)
                .with("MODEL_ALIASES", "gpt-4o-realtime-preview = gpt-realtime-2.1-mini, b=c")
                .start();
        TestClient client =
            TestClient.connect(
                gateway.port(),
                "/v1/realtime?model=gpt-4o-realtime-preview",
                RunningGateway.bearer("u"))) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(upstream.take().accept().head())
          .startsWith("GET /v1/realtime?model=gpt-realtime-2.1-mini HTTP/1.1\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X: y",
        "Authorization: Bearer nonsense",
        "Authorization: Basic eHg6eXk=",
        "api-key: "
      })
  void refusesAsTheUpstreamDoes(String header) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn(header)) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(client.readText())
          .startsWith("{\"type\":\"error\",\"event_id\":\"event_")
          .contains("\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"");
      Frame close = client.read();
      assertThat(close.closeCode()).isEqualTo(3000);
      assertThat(close.closeReason()).isEqualTo("invalid_request_error.invalid_api_key");
      gateway.awaitNoConnections();
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void endsASessionThatSaysMoreThanFiftyThingsThatAreNotForHere() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn(RunningGateway.bearer("u"))) {
      upstream.take().accept();
      for (int i = 0; i < 60; i++) {
        client.send("{\"type\":\"connect_realtime\"}");
      }

      Frame frame = client.read();
      int answers = 0;
      while (frame.isText()) {
        answers++;
        frame = client.read();
      }
      assertThat(answers).isEqualTo(52);
      assertThat(frame.closeCode()).isEqualTo(1008);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X: y", "OpenAI-Beta: realtime=v1"})
  void keepsTheGatewaysOwnMessagesFromTheUpstreamHoweverTheyAreWritten(String header) {
    List<String> commands =
        List.of(
            "{\"type\":\"authenticate\",\"token\":\"SECRET\"}",
            "{\"type\":\"connect_realtime\"}",
            "{\"token\":\"SECRET\",\"type\":\"auth\\u0065nticate\"}",
            "{\"token\":\"SECRET\",\"ty\\u0070e\":\"authenticate\"}",
            "{\"type\":\"x\",\"type\":\"authenticate\",\"token\":\"SECRET\"}",
            "{\"type\":\"authenticate\",\"token\":\"SECRET\",\"type\":\"x\"}",
            " { \"a\" : [ { } ] , \"type\" : \"authenticate\" , \"token\" : \"SECRET\" } ",
            "{\"token\":\"SECRET\",\"p\":\""
                + "x".repeat(300_000)
                + "\",\"type\":\"authenticate\"}");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropIn(RunningGateway.bearer("u"), header)) {
      TestUpstream.Connection opened = upstream.take().accept();
      for (String command : commands) {
        client.send(command);
        assertThat(client.readText())
            .startsWith("{\"type\":\"error\"")
            .containsPattern("invalid_(event|json)")
            .doesNotContain("SECRET");
        client.sendBinary((" \uFEFF" + command).getBytes(StandardCharsets.UTF_8));
        assertThat(client.readText()).contains("invalid_event").doesNotContain("SECRET");
        client.sendBinary(command.getBytes(StandardCharsets.UTF_8));
        assertThat(client.readText()).contains("invalid_event").doesNotContain("SECRET");
      }
      client.send("{\"type\":\"response.create\",\"x\":{\"type\":\"authenticate\"}}");

      assertThat(opened.readText()).contains("response.create").doesNotContain("SECRET");
    }
  }

  @Test
  void endsWhenItsTokenExpires() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client =
            gateway.connectDropIn(
                "Authorization: Bearer " + RunningGateway.token("u", Duration.ofSeconds(2)))) {
      upstream.take().accept();

      assertThat(client.readText()).contains("\"code\":\"token_expired\"");
      assertThat(client.read().closeCode()).isEqualTo(3000);
    }
  }

  @Test
  void saysThatTheUpstreamWasLost() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("u")) {
      upstream.take().accept().close();

      assertThat(client.readText()).contains("\"code\":\"upstream_lost\"");
      assertThat(client.read().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void endsAsTheGatewayDoesWithACodeThatEverySdkConnectsAgainAfter() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take().accept();
      Thread drain = Thread.ofVirtual().start(() -> gateway.gateway().close());

      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(1012);
      assertThat(close.closeReason()).isEqualTo("The gateway is going away");
      assertThat(opened.readClose().closeCode()).isEqualTo(1001);
      client.sendClose(1012, "");
      drain.join();
    }
  }
}
