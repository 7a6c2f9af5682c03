package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several upstreams, several keys: who is asked, who is asked next, and what a client sees of it.
 */
class FailoverTest {
  private static final String CREATED = "{\"type\":\"session.created\",\"session\":{}}";
  private static final String SECOND_KEY = "the-key-of-the-second";

  @AutoClose private final TestUpstream first = TestUpstream.start();
  @AutoClose private final TestUpstream second = TestUpstream.start();

  private RunningGateway.Builder behindBoth() {
    return behind(first.uri());
  }

  private RunningGateway.Builder behind(URI other) {
    return RunningGateway.behind(other)
        .with("UPSTREAM", "openai,custom")
        .with("UPSTREAM_URL", second.uri())
        .with("UPSTREAM_HEADER", "X-Key: " + SECOND_KEY);
  }

  private static String error(String type, String code) {
    return "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":\"m\"}}"
        .formatted(type, code);
  }

  /** The session is with {@code upstream}, and what the client had said goes there, once. */
  private static void expectSession(
      TestClient client, TestUpstream.Connection upstream, String... said) throws Exception {
    upstream.send(CREATED);
    assertThat(client.readText()).isEqualTo(CREATED);
    for (String text : said) {
      assertThat(upstream.readText()).isEqualTo(text);
    }
    client.send("{\"type\":\"last\"}");
    assertThat(upstream.readText()).isEqualTo("{\"type\":\"last\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ws://127.0.0.1:1/v1/realtime",
        "ws://no-such-host.invalid/v1/realtime",
        "wss://127.0.0.1:1/v1/realtime"
      })
  void turnsToTheNextWhereOneCannotBeReached(String url) throws Exception {
    try (RunningGateway gateway = behind(URI.create(url)).start();
        TestClient client = gateway.connectRealtime()) {
      String large =
          "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + "A".repeat(700_000) + "\"}";
      client.send("{\"type\":\"first\"}");
      client.send(large);

      TestUpstream.Connection opened = second.take().accept();
      assertThat(opened.head())
          .contains("X-Key: " + SECOND_KEY)
          .doesNotContain(RunningGateway.API_KEY);
      expectSession(client, opened, "{\"type\":\"first\"}", large);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401 Unauthorized, true",
    "403 Forbidden, true",
    "404 Not Found, true",
    "429 Too Many Requests, true",
    "500 Internal Server Error, true",
    "503 Service Unavailable, true",
    "302 Found, true",
    "400 Bad Request, false"
  })
  void turnsToTheNextWhereTheAnswerIsNoFaultOfTheClient(String status, boolean turns)
      throws Exception {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      TestUpstream.Connection refused = first.take();
      assertThat(refused.head()).contains(RunningGateway.API_KEY).doesNotContain(SECOND_KEY);
      refused.answer("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");

      if (turns) {
        expectSession(client, second.take().accept());
      } else {
        assertThat(client.readText()).contains("upstream_refused");
        assertThat(client.readClose().closeCode()).isEqualTo(1011);
        assertThat(second.isUntouched()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_request_error, invalid_api_key",
    "invalid_request_error, account_deactivated",
    "insufficient_quota, insufficient_quota",
    "requests, rate_limit_exceeded",
    "server_error, null",
    "server_error, internal"
  })
  void turnsToTheNextWhereTheFirstEventIsAnErrorThatIsNotTheClients(String type, String code)
      throws Exception {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      client.send("{\"type\":\"early\"}");
      TestUpstream.Connection refusing = first.take().accept();
      refusing.send(error(type, code));
      refusing.sendClose(3000, "no");

      expectSession(client, second.take().accept(), "{\"type\":\"early\"}");
      assertThat(refusing.endsWithoutAWord()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_request_error, invalid_model",
    "invalid_request_error, missing_model",
    "invalid_request_error, invalid_value"
  })
  void showsTheClientAnErrorOfItsOwn(String type, String code) {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectDropInAs("x")) {
      TestUpstream.Connection refusing = first.take().accept();
      refusing.send(error(type, code));
      refusing.sendClose(4000, "invalid");

      assertThat(client.readText()).isEqualTo(error(type, code));
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
      assertThat(second.isUntouched()).isTrue();
    }
  }

  @Test
  void staysWhereTheSessionHasBegun() throws Exception {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      TestUpstream.Connection opened = first.take().accept();
      expectSession(client, opened);
      opened.send(error("server_error", "later"));
      assertThat(client.readText()).isEqualTo(error("server_error", "later"));
      opened.close();

      assertThat(client.readText()).contains("realtime_disconnected");
      assertThat(second.isUntouched()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void turnsToTheNextWhereOneClosesWithoutAWord(boolean byFrame) throws Exception {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      TestUpstream.Connection closing = first.take().accept();
      if (byFrame) {
        closing.sendClose(1013, "try again later");
      } else {
        closing.close();
      }

      expectSession(client, second.take().accept());
    }
  }

  @Test
  void turnsToTheNextWhereTheFirstWordIsLargerThanAnyMessageMayBe() throws Exception {
    try (RunningGateway gateway = behindBoth().with("MAX_MESSAGE_BYTES", 65_536).start();
        TestClient client = gateway.connectRealtime()) {
      // The header of 100 MB, and a little of it.
      byte[] endless = {(byte) 0x81, 0x7F, 0, 0, 0, 0, 6, 64, 0, 0, 1, 2, 3};
      first.take().accept().sendRaw(endless);

      expectSession(client, second.take().accept());
    }
  }

  @Test
  void turnsToTheNextWhereOneNeverAnswers() throws Exception {
    try (RunningGateway gateway = behindBoth().with("UPSTREAM_CONNECT_TIMEOUT_MS", 300).start();
        TestClient client = gateway.connectRealtime()) {
      expectSession(client, second.take().accept());
      assertThat(first.take().reachesEnd()).isTrue();
    }
  }

  @Test
  void letsTheClientSpeakFirstToAnUpstreamThatWaitsForIt() throws Exception {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      client.send("{\"type\":\"hello\"}");

      assertThat(first.take().accept().readText()).isEqualTo("{\"type\":\"hello\"}");
      assertThat(second.isUntouched()).isTrue();
    }
  }

  @Test
  void saysWhatTheLastOneSaid() {
    try (RunningGateway gateway = behindBoth().start();
        TestClient client = gateway.connectRealtime()) {
      first.take().answer("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
      TestUpstream.Connection last = second.take().accept();
      last.send(error("server_error", "overloaded"));
      last.sendClose(1011, "");

      assertThat(client.readText()).isEqualTo(error("server_error", "overloaded"));
      assertThat(client.readText()).contains("realtime_disconnected");
      assertThat(first.isUntouched()).as("nobody is asked twice").isTrue();
    }
  }

  @Test
  void asksOneThatKeepsFailingNoMoreForAWhile() throws Exception {
    try (RunningGateway gateway = behindBoth().start()) {
      for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
        try (TestClient client = gateway.connectRealtime()) {
          first.take().close();
          expectSession(client, second.take().accept());
        }
      }
      try (TestClient client = gateway.connectRealtime()) {
        expectSession(client, second.take().accept());
        assertThat(first.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void leavesNothingOpenWhereTheClientGoesWhileItIsWaited() {
    try (RunningGateway gateway = behindBoth().start()) {
      TestClient client = gateway.connectRealtime();
      TestUpstream.Connection opened = first.take().accept();

      client.close();

      assertThat(opened.reachesEnd()).isTrue();
      gateway.awaitNoConnections();
      assertThat(second.isUntouched()).isTrue();
    }
  }

  @Test
  void usesItsKeysInTurn() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.behind(first).with("OPENAI_API_KEY", "key-a, key-b ,key-c").start()) {
      StringBuilder used = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        try (TestClient client = gateway.connectRealtime()) {
          TestUpstream.Connection opened = first.take().accept();
          expectSession(client, opened);
          used.append(keyOf(opened));
        }
      }

      assertThat(used).hasToString("abcabc");
    }
  }

  private static char keyOf(TestUpstream.Connection opened) {
    int at = opened.head().indexOf("Bearer key-");
    return opened.head().charAt(at + "Bearer key-".length());
  }

  @ParameterizedTest
  @CsvSource({"invalid_request_error, invalid_api_key", "insufficient_quota, insufficient_quota"})
  void letsAKeyRestThatIsRefusedOrUsedUp(String type, String code) throws Exception {
    try (RunningGateway gateway =
        RunningGateway.behind(first).with("OPENAI_API_KEY", "key-a,key-b").start()) {
      try (TestClient client = gateway.connectRealtime()) {
        client.send("{\"type\":\"early\"}");
        TestUpstream.Connection refusing = first.take().accept();
        assertThat(keyOf(refusing)).isEqualTo('a');
        refusing.send(error(type, code));
        TestUpstream.Connection opened = first.take().accept();
        assertThat(keyOf(opened)).isEqualTo('b');
        expectSession(client, opened, "{\"type\":\"early\"}");
      }
      for (int i = 0; i < 3; i++) {
        try (TestClient client = gateway.connectRealtime()) {
          TestUpstream.Connection opened = first.take().accept();
          assertThat(keyOf(opened)).isEqualTo('b');
          expectSession(client, opened);
        }
      }
    }
  }

  @Test
  void asksAServerLastWhoseOnlyKeyRests() throws Exception {
    try (RunningGateway gateway = behindBoth().start()) {
      try (TestClient client = gateway.connectRealtime()) {
        first.take().accept().send(error("invalid_request_error", "invalid_api_key"));
        expectSession(client, second.take().accept());
      }
      try (TestClient client = gateway.connectRealtime()) {
        expectSession(client, second.take().accept());
        assertThat(first.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void speaksToAzureAsAzureWantsIt() throws Exception {
    try (RunningGateway gateway =
            RunningGateway.with("UPSTREAM", "azure")
                .with("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:" + first.port() + "/")
                .with("AZURE_OPENAI_DEPLOYMENT", "voice one")
                .with("AZURE_OPENAI_API_KEY", "azure-key")
                .start();
        TestClient client = gateway.connectDropInAs("x")) {
      TestUpstream.Connection opened = first.take().accept();
      expectSession(client, opened);

      assertThat(opened.head())
          .startsWith("GET /openai/v1/realtime?model=voice+one HTTP/1.1\r\n")
          .contains("api-key: azure-key\r\n")
          .doesNotContainIgnoringCase("authorization")
          .doesNotContainIgnoringCase("safety-identifier")
          .doesNotContain(RunningGateway.API_KEY);
    }
  }

  @Test
  void readsAzuresTokenAnewForEachSession(@TempDir Path folder) throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "entra-one\n");
    try (RunningGateway gateway =
        RunningGateway.with("UPSTREAM", "azure")
            .with("AZURE_OPENAI_ENDPOINT", "ws://127.0.0.1:" + first.port())
            .with("AZURE_OPENAI_TOKEN_FILE", token)
            .start()) {
      for (String value : new String[] {"entra-one", "entra-two"}) {
        Files.writeString(token, value + "\n");
        try (TestClient client = gateway.connectDropInAs("x")) {
          TestUpstream.Connection opened = first.take().accept();
          expectSession(client, opened);
          assertThat(opened.head())
              .startsWith("GET /openai/v1/realtime?model=gpt-realtime-2.1 HTTP/1.1\r\n")
              .containsIgnoringCase("authorization: Bearer " + value + "\r\n");
        }
      }
      Files.writeString(token, "two\r\nX-Smuggled: lines");
      try (TestClient client = gateway.connectDropInAs("x")) {
        assertThat(client.readText()).contains("upstream_refused").doesNotContain("Smuggled");
        assertThat(first.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void turnsBetweenRegionsOfAzure() throws Exception {
    try (RunningGateway gateway =
            RunningGateway.with("UPSTREAM", "azure:west,azure:east")
                .with("AZURE_OPENAI_ENDPOINT_WEST", "ws://127.0.0.1:" + first.port())
                .with("AZURE_OPENAI_API_KEY_WEST", "west-key")
                .with("AZURE_OPENAI_DEPLOYMENT_WEST", "voice-w")
                .with("AZURE_OPENAI_ENDPOINT_EAST", "ws://127.0.0.1:" + second.port())
                .with("AZURE_OPENAI_API_KEY_EAST", "east-key")
                .start();
        TestClient client = gateway.connectRealtime()) {
      TestUpstream.Connection down = first.take();
      assertThat(down.head()).contains("model=voice-w").contains("api-key: west-key");
      down.close();

      TestUpstream.Connection opened = second.take().accept();
      assertThat(opened.head()).contains("model=gpt-realtime-2.1").contains("api-key: east-key");
      expectSession(client, opened);
    }
  }

  @Test
  void findsTheNextQuickly() throws Exception {
    try (RunningGateway gateway = behind(URI.create("ws://127.0.0.1:1/")).start();
        TestClient client = gateway.connectReady()) {
      long begun = System.nanoTime();
      client.connectRealtime();
      expectSession(client, second.take().accept());

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
    }
  }
}
