package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contract, section 2: the dialogue on {@code /realtime}. */
class DialogueTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  private static String authenticate(String token) {
    return "{\"type\":\"authenticate\",\"token\":\"" + token + "\"}";
  }

  @Test
  void welcomesAValidToken() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(authenticate(RunningGateway.token("user123")));

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_success\",\"message\":\"Authentication successful\"}");
      assertThat(gateway.log())
          .containsExactly(
              "🔒 [SECURITY] WS_CONNECTION_ESTABLISHED:"
                  + " {\"ip\":\"127.0.0.xxx\",\"totalConnections\":1}",
              "🔒 [SECURITY] WS_AUTH_SUCCESS: {\"ip\":\"127.0.0.xxx\",\"userId\":\"user123\"}");
    }
  }

  @Test
  void writesTheSessionsIdAndTheTimeIntoEachOfItsEvents() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      for (int i = 0; i < 2; i++) {
        try (TestClient client = gateway.connect()) {
          client.send("{\"type\":\"authenticate\"}");
          client.readText();
          client.send(authenticate("wrong"));
          client.readClose();
        }
        gateway.awaitNoConnections();
      }
      await().until(() -> gateway.fullLog().size() == 8);

      Pattern end =
          Pattern.compile(
              "\"session\":\"([0-9a-f-]{36})\",\"timestamp\":\"[0-9-]{10}T[0-9:.]{8,12}Z\"}$");
      assertThat(
              gateway.fullLog().stream()
                  .collect(Collectors.groupingBy(line -> idIn(end, line), Collectors.counting())))
          .hasSize(2)
          .values()
          .containsOnly(4L);
    }
  }

  private static String idIn(Pattern end, String line) {
    Matcher found = end.matcher(line);
    assertThat(found.find()).as(line).isTrue();
    return found.group(1);
  }

  @Test
  void endsASessionWithAnInvalidToken() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(authenticate("not.a.token"));

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Invalid token\"}");
      Frame close = client.read();
      assertThat(close.closeCode()).isEqualTo(4003);
      assertThat(close.closeReason()).isEqualTo("Authentication failed");
      gateway.awaitNoConnections();
      gateway.awaitLog(
          "WS_CONNECTION_CLOSED: {\"ip\":\"127.0.0.xxx\",\"code\":4003,\"reason\":\"Authentication"
              + " failed\",\"remainingConnections\":0}");
      assertThat(gateway.log())
          .contains(
              "🔒 [SECURITY] WS_AUTH_FAILED_INVALID_TOKEN: {\"ip\":\"127.0.0.xxx\",\"error\":\"jwt"
                  + " malformed\"}")
          .noneMatch(line -> line.contains("not.a.token"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"authenticate\"}",
        "{\"type\":\"authenticate\",\"token\":\"\"}",
        "{\"type\":\"authenticate\",\"token\":null}",
        "{\"type\":\"authenticate\",\"token\":7}",
      })
  void asksForTheTokenWhereThereIsNone(String message) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(message);

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Token required\"}");
      client.send(authenticate(RunningGateway.token("late")));
      assertThat(client.readText()).contains("auth_success");
      assertThat(gateway.log())
          .contains("🔒 [SECURITY] WS_AUTH_FAILED_NO_TOKEN: {\"ip\":\"127.0.0.xxx\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"connect_realtime\"}",
        "{\"type\":\"response.create\"}",
        "{\"type\":7}",
        "{\"no\":\"type\"}",
        "{\"type\":\"authenticate\",\"token\":\"x\",\"token\":\"y\"}",
        "{\"type\":\"authenticate\",\"token\":\"x\"",
        "[1]",
        "not json",
        "",
      })
  void wantsAuthenticationBeforeAnythingElse(String message) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(message);

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_required\",\"error\":\"Please authenticate first\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "{\"type\":\"connect_realtime\"}", "{\"type\":\"authenticate\"}"})
  void endsASessionThatSaysMoreThanAFewThingsBeforeItsToken(String message) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      for (int i = 0; i < 30; i++) {
        client.send(message);
      }

      for (int i = 0; i < 10; i++) {
        assertThat(client.readText()).containsAnyOf("auth_required", "Token required");
      }
      assertThat(client.readText())
          .isEqualTo(
              "{\"type\":\"auth_error\",\"error\":\"Too many messages before authentication\"}");
      assertThat(client.readClose().closeCode()).isEqualTo(4003);
      gateway.awaitLog("WS_AUTH_FAILED_NO_TOKEN: {\"ip\":\"127.0.0.xxx\"}");
      gateway.awaitNoConnections();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "{\"type\":\"session.update\"}",
        "{\"type\":\"authenticate\"}",
      })
  void endsASessionThatSaysMoreThanFiftyThingsItMayNotBeforeItConnects(String message) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connectReady()) {
      for (int i = 0; i < 60; i++) {
        client.send(message);
      }

      Frame frame = client.read();
      int answers = 0;
      while (frame.isText()) {
        answers++;
        frame = client.read();
      }
      assertThat(answers).isEqualTo(52);
      assertThat(frame.closeCode()).isEqualTo(1008);
      assertThat(frame.closeReason()).isEqualTo("Too many refused messages");
    }
  }

  @Test
  void endsASessionThatAsksForSecondUpstreamsWithoutEnd() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      upstream.take().accept();
      for (int i = 0; i < 60; i++) {
        client.send(CONNECT);
      }

      assertThat(client.readUntil("error")).contains("already_connected");
      assertThat(client.readClose().closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void wantsAuthenticationBeforeBinaryToo() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.sendBinary(authenticate(RunningGateway.token("x")).getBytes(StandardCharsets.UTF_8));

      assertThat(client.readText()).contains("auth_required");
    }
  }

  @Test
  void endsASessionThatDoesNotAuthenticateInTimeWhateverElseItSays() {
    try (RunningGateway gateway = RunningGateway.with("AUTH_TIMEOUT_MS", 600).start();
        TestClient client = gateway.connect()) {
      long begun = System.nanoTime();
      Thread chatter =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 8; i++) {
                  client.send("{\"type\":\"session.update\"}");
                  client.send(0x89, new byte[] {1});
                  LockSupport.parkNanos(60_000_000);
                }
              });
      Frame close = client.readClose();

      assertThat(close.closeCode()).isEqualTo(4001);
      assertThat(close.closeReason()).isEqualTo("Authentication timeout");
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(550), Duration.ofMillis(3_000));
      gateway.awaitLog("WS_CONNECTION_AUTH_TIMEOUT: {\"ip\":\"127.0.0.xxx\"}");
      gateway.awaitNoConnections();
      assertThat(chatter).isNotNull();
    }
  }

  @Test
  void saysSoWhereAuthenticationIsNotConfigured() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().without("JWT_SECRET").start();
        TestClient client = gateway.connect()) {
      client.send(authenticate("anything"));

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Authentication not configured\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"response.create\"}|not_connected",
        "not json|invalid_json",
        "|invalid_json",
        "[]|invalid_json",
        "{}|invalid_event",
        "{\"type\":5}|invalid_event",
      })
  void refusesEventsBeforeThereIsAnUpstream(String row) {
    String message = row.substring(0, row.indexOf('|'));
    String code = row.substring(row.indexOf('|') + 1);
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connectReady()) {
      client.send(message);

      assertThat(client.readText())
          .startsWith("{\"type\":\"error\",")
          .contains("\"type\":\"gateway_error\",\"code\":\"" + code + "\"");
    }
  }

  @Test
  void connectsAndSaysWhoItIsToTheUpstream() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send("{\"type\":\"session.created\"}");

      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
      assertThat(opened.head())
          .startsWith("GET /v1/realtime?model=gpt-realtime-2.1 HTTP/1.1\r\n")
          .containsIgnoringCase("Authorization: Bearer " + RunningGateway.API_KEY + "\r\n")
          .containsPattern("(?i)OpenAI-Safety-Identifier: [0-9a-f]{64}\r\n")
          .doesNotContainIgnoringCase("OpenAI-Beta")
          .doesNotContain("user123");
    }
  }

  @Test
  void refusesASecondConnectAndChangesNothing() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      client.send(CONNECT);
      assertThat(client.readText()).contains("\"code\":\"already_connected\"");
      TestUpstream.Connection opened = upstream.take().accept();
      client.send(CONNECT);
      assertThat(client.readText()).contains("\"code\":\"already_connected\"");
      client.send("{\"type\":\"response.create\"}");

      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void tellsOfAnUpstreamThatClosedAndConnectsAgain() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection first = upstream.take().accept();
      first.sendClose(1000, "done");
      assertThat(client.readText()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
      client.send(CONNECT);
      TestUpstream.Connection second = upstream.take().accept();
      client.send("{\"type\":\"response.create\"}");
      assertThat(second.readText()).isEqualTo("{\"type\":\"response.create\"}");
      second.close();

      assertThat(client.readText()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
    }
  }

  @Test
  void keepsItsOwnMessagesFromTheUpstreamHoweverTheyAreWritten() {
    String token = RunningGateway.token("user123");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();

      client.send("{\"token\":\"" + token + "\",\"ty\\u0070e\":\"auth\\u0065nticate\"}");
      assertThat(client.readText()).contains("auth_success");
      client.send("{\"type\":\"x\",\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
      assertThat(client.readText()).contains("invalid_json");
      client.send(
          "{\"pad\":\"" + "x".repeat(100_000) + "\",\"type\":\"authenticate\",\"token\":\"t\"}");
      assertThat(client.readText()).contains("message_too_large");
      client.sendBinary(authenticate(token).getBytes(StandardCharsets.UTF_8));
      assertThat(client.readText()).contains("invalid_event");
      client.send("{\"nested\":{\"type\":\"authenticate\"},\"type\":\"other\"}");

      assertThat(opened.readText())
          .isEqualTo("{\"nested\":{\"type\":\"authenticate\"},\"type\":\"other\"}");
    }
  }

  @Test
  void sendsItsSessionSetUpBeforeAnythingOfTheClient() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream)
                .with("SESSION_INSTRUCTIONS", "Be \"brief\".")
                .with("SESSION_VOICE", "marin")
                .with("ENABLE_SERVER_VAD", true)
                .start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      client.send("{\"type\":\"response.create\"}");
      TestUpstream.Connection opened = upstream.take().accept();

      assertThat(opened.readText())
          .isEqualTo(
              "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"instructions\":\"Be"
                  + " \\\"brief\\\".\",\"audio\":{\"input\":{\"turn_detection\":"
                  + "{\"type\":\"server_vad\"}},\"output\":{\"voice\":\"marin\"}}}}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @Test
  void endsASessionWhoseTokenExpires() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connect()) {
      client.send(authenticate(RunningGateway.token("brief", Duration.ofSeconds(2))));
      assertThat(client.readText()).contains("auth_success");
      assertThat(client.readText()).contains("token_expiring");
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();

      assertThat(client.readText())
          .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Token expired\"}");
      assertThat(client.read().closeCode()).isEqualTo(4003);
      assertThat(opened.read().isClose()).isTrue();
    }
  }

  @Test
  void announcesAtOnceThatATokenIsAboutToExpire() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(authenticate(RunningGateway.token("ann", Duration.ofSeconds(20))));
      assertThat(client.readText()).contains("auth_success");
      assertThat(client.readText())
          .contains("\"code\":\"token_expiring\"")
          .containsPattern("expires in (19|20) seconds");
    }
  }

  @Test
  void announcesThatATokenExpiresThirtySecondsAhead() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(authenticate(RunningGateway.token("ann", Duration.ofSeconds(32))));
      assertThat(client.readText()).contains("auth_success");

      assertThat(client.readText())
          .startsWith("{\"type\":\"error\"")
          .contains("\"type\":\"gateway_error\",\"code\":\"token_expiring\"");
      client.send(authenticate(RunningGateway.token("ann")));
      assertThat(client.readText()).contains("auth_success");
    }
  }

  @Test
  void renewsATokenTenTimesAMinuteAndAnswersTheRestCheaply() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connectReady()) {
      for (int i = 0; i < 10; i++) {
        client.send(authenticate(RunningGateway.token("user123")));
        assertThat(client.readText()).contains("auth_success");
      }
      for (int i = 0; i < 3; i++) {
        client.send(authenticate("not even looked at"));
        assertThat(client.readText()).contains("\"code\":\"too_many_renewals\"");
      }
    }
  }

  @Test
  void renewsASessionWithAFreshTokenOfTheSameUserOnly() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send(authenticate(RunningGateway.token("ann", Duration.ofSeconds(2))));
      assertThat(client.readText()).contains("auth_success");
      assertThat(client.readText()).contains("token_expiring");
      client.send(authenticate(RunningGateway.token("ann", Duration.ofHours(1))));
      assertThat(client.readText()).contains("auth_success");
      await().pollDelay(Duration.ofMillis(2_300)).until(() -> gateway.gateway().connections() == 1);

      client.send(authenticate(RunningGateway.token("bob", Duration.ofHours(1))));

      assertThat(client.readText()).contains("Invalid token");
      assertThat(client.read().closeCode()).isEqualTo(4003);
    }
  }

  @Test
  void givesUnknownClientsNoMemory() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      client.send("x".repeat(65 * 1024));

      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(1009);
      gateway.awaitNoConnections();
    }
  }

  @Test
  void refusesAMessageOfAHundredMegabytesByItsHeader() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      // The header of 100 MB, and a little of it: the answer must not wait for the rest.
      client.sendRaw(new byte[] {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 6, 64, 0, 0, 1, 2, 3, 4, 5});

      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(1009);
      assertThat(opened.readClose().closeCode()).isEqualTo(1001);
      gateway.awaitLog("WS_CONNECTION_ERROR");
      gateway.awaitNoConnections();
    }
  }

  @Test
  void sendsTheCloseFrameEvenWhileAHundredMegabytesArePouringIn() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connectReady()) {
      Thread.ofVirtual()
          .start(() -> {
            client.sendRaw(
                new byte[] {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 6, 64, 0, 0, 1, 2, 3, 4});
            byte[] megabyte = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
              client.sendRaw(megabyte);
            }
          });

      assertThat(client.readClose().closeCode()).isEqualTo(1009);
      gateway.awaitNoConnections();
    }
  }

  @Test
  void endsTheUpstreamWithItsClient() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      TestClient polite = gateway.connectReady();
      polite.send(CONNECT);
      TestUpstream.Connection first = upstream.take().accept();
      polite.sendClose(1000, "bye");
      assertThat(first.readClose().closeCode()).isEqualTo(1000);

      TestClient gone = gateway.connectReady();
      gone.send(CONNECT);
      TestUpstream.Connection second = upstream.take().accept();
      gone.close();
      assertThat(second.readClose().closeCode()).isEqualTo(1001);
      gateway.awaitNoConnections();
    }
  }

  @Test
  void freesItsPlaceHoweverAConnectionEnds() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      gateway.connect().close();
      gateway.connect().reset();
      gateway.connect().sendClose(1000, "");
      gateway.connect().sendRaw(new byte[] {(byte) 0xFF, (byte) 0xFF});
      gateway.connect().sendRaw(new byte[] {(byte) 0x81});
      gateway.connect().send(0x81, new byte[] {(byte) 0xC0, (byte) 0x80});
      TestClient connecting = gateway.connectReady();
      connecting.send(CONNECT);
      upstream.take();
      connecting.reset();

      gateway.gateway().close();
      assertThat(gateway.gateway().connections()).isZero();
    }
  }

  @Test
  void freesThePlaceOfAClientThatVanishedWithoutAWord() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("KEEPALIVE_TIMEOUT_MS", 1_000).start();
        TestClient vanished = gateway.connectReady()) {
      assertThat(vanished.readFrame().opcode()).isEqualTo(9);

      assertThat(vanished.reachesEnd()).isTrue();
      gateway.awaitNoConnections();
      gateway.awaitLog("WS_CONNECTION_CLOSED: {\"ip\":\"127.0.0.xxx\",\"code\":1006");
    }
  }

  @Test
  void logsWhatAClientRepeatsAtMostOnceASecond() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().limitedLog().start();
        TestClient client = gateway.connectReady()) {
      int begun = gateway.log().size();
      for (int i = 0; i < 50; i++) {
        client.send("{\"type\":\"authenticate\"}");
      }
      for (int i = 0; i < 50; i++) {
        assertThat(client.readText()).contains("Token required");
      }

      assertThat(gateway.log().size() - begun).isBetween(1, 12);
    }
  }

  @Test
  void keepsAQuietClientThatAnswersPings() throws Exception {
    try (RunningGateway gateway = RunningGateway.with("KEEPALIVE_TIMEOUT_MS", 1_000).start();
        TestClient quiet = gateway.connectReady()) {
      for (int i = 0; i < 8; i++) {
        Frame ping = quiet.readFrame();
        assertThat(ping.opcode()).isEqualTo(9);
        quiet.send(0x8A, ping.payload());
      }

      assertThat(gateway.gateway().connections()).isEqualTo(1);
    }
  }

  @Test
  void tellsOfAnUpstreamThatVanishedWithoutAWord() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("KEEPALIVE_TIMEOUT_MS", 1_000).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      upstream.take().accept();
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                client.send(0x8A, new byte[0]);
                LockSupport.parkNanos(100_000_000);
              }
            } catch (UncheckedIOException testIsOver) {
              // The client is closed.
            }
          });

      assertThat(client.readText()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
    }
  }

  @Test
  void tellsLiveSessionsThatItGoesAway() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      Thread drain = Thread.ofVirtual().start(() -> gateway.gateway().close());

      assertThat(client.readClose().closeCode()).isEqualTo(1001);
      assertThat(opened.readClose().closeCode()).isEqualTo(1001);
      client.sendClose(1001, "");
      drain.join();
      assertThat(gateway.gateway().connections()).isZero();
    }
  }
}
