package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.TestKeys;
import io.donna.gateway.kit.KeySetServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tokens of an identity provider, whose keys are fetched while sessions wait for them. */
class KeySetSessionTest {
  private static final String KEYS = TestKeys.jwks(TestKeys.jwk(TestKeys.P256, "k1"));

  private static String token(String subject) {
    return TestKeys.token(
        "ES256", "k1", TestKeys.P256.getPrivate(), "{'sub':'" + subject + "','exp':9999999999}");
  }

  private static RunningGateway.Builder behind(TestUpstream upstream, KeySetServer server) {
    return RunningGateway.behind(upstream)
        .without("JWT_SECRET")
        .with("JWT_JWKS_URL", server.uri("/keys"));
  }

  private static byte[] frames(TestClient client, String... messages) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (String message : messages) {
      frames.writeBytes(client.encode(0x81, message.getBytes(StandardCharsets.UTF_8)));
    }
    return frames.toByteArray();
  }

  @Test
  void keepsWhatTheClientSaysWhileItsKeyIsFetched() {
    try (KeySetServer server = KeySetServer.start().serve("/keys", KEYS).hold();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream, server).start();
        TestClient client = gateway.connect()) {
      // In one burst, as a client sends that waits for no answer.
      client.sendRaw(
          frames(
              client,
              "{\"type\":\"authenticate\",\"token\":\"" + token("ann") + "\"}",
              "{\"type\":\"connect_realtime\"}",
              "{\"type\":\"response.create\",\"n\":1}"));
      client.send("{\"type\":\"response.create\",\"n\":2}");
      server.release();

      assertThat(client.readText()).contains("auth_success");
      TestUpstream.Connection opened = upstream.take().accept();
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\",\"n\":1}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\",\"n\":2}");
      assertThat(opened.head()).containsPattern("(?i)OpenAI-Safety-Identifier: [0-9a-f]{64}\r\n");
    }
  }

  @Test
  void doesSoForSdksToo() {
    try (KeySetServer server = KeySetServer.start().serve("/keys", KEYS).hold();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream, server).start();
        TestClient client = gateway.connectDropIn("Authorization: Bearer " + token("ann"))) {
      client.send("{\"type\":\"session.update\"}");
      assertThat(upstream.isUntouched()).isTrue();
      server.release();

      assertThat(upstream.take().accept().readText()).isEqualTo("{\"type\":\"session.update\"}");
    }
  }

  @Test
  void goesOnRelayingAfterARenewalThatHadToWait() {
    try (KeySetServer server = KeySetServer.start().serve("/keys", KEYS).hold();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            behind(upstream, server).with("JWT_SECRET", RunningGateway.SECRET).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection opened = upstream.take().accept();
      client.sendRaw(
          frames(
              client,
              "{\"type\":\"authenticate\",\"token\":\"" + token("user123") + "\"}",
              "{\"type\":\"response.create\"}"));
      opened.send("{\"type\":\"meanwhile\"}");
      assertThat(client.readText()).isEqualTo("{\"type\":\"meanwhile\"}");
      server.release();

      assertThat(client.readText()).contains("auth_success");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
    }
  }

  @Test
  void asksToTryAgainWhereTheKeysCannotBeHad() {
    try (KeySetServer server = KeySetServer.start().answer("/keys", 500, "", Map.of());
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream, server).start();
        TestClient client = gateway.connect();
        TestClient sdk = gateway.connectDropIn("Authorization: Bearer " + token("ann"))) {
      client.send("{\"type\":\"authenticate\",\"token\":\"" + token("ann") + "\"}");

      assertThat(client.readText())
          .contains("\"type\":\"gateway_error\",\"code\":\"authentication_unavailable\"");
      assertThat(client.read().closeCode()).isEqualTo(1013);
      assertThat(sdk.readText())
          .contains("\"type\":\"server_error\",\"code\":\"authentication_unavailable\"");
      assertThat(sdk.read().closeCode()).isEqualTo(1013);
      gateway.awaitLog(
          "WS_AUTH_UNAVAILABLE: {\"ip\":\"127.0.0.xxx\",\"error\":\"key set unavailable\"}");
      gateway.awaitNoConnections();
    }
  }

  @Test
  void givesUpOnAClientWhoseKeyDoesNotComeInTime() {
    try (KeySetServer server = KeySetServer.start().serve("/keys", KEYS).hold();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream, server).with("AUTH_TIMEOUT_MS", 300).start();
        TestClient client = gateway.connect()) {
      client.send("{\"type\":\"authenticate\",\"token\":\"" + token("ann") + "\"}");

      assertThat(client.readClose().closeCode()).isEqualTo(4001);
      gateway.awaitNoConnections();
      server.release();
      assertThat(upstream.isUntouched()).isTrue();
      assertThat(gateway.log()).noneMatch(line -> line.contains("WS_AUTH_SUCCESS"));
    }
  }

  /** Five keys that a token without a {@code kid} may be of: more than an event loop is held up. */
  @Test
  void waitsForATokenThatIsVerifiedOffTheEventLoop() {
    String keys =
        TestKeys.jwks(
            IntStream.range(0, 5)
                .mapToObj(i -> TestKeys.jwk(TestKeys.P521, "k" + i))
                .toArray(String[]::new));
    String token =
        TestKeys.sign(
            "ES512",
            TestKeys.P521.getPrivate(),
            "{'alg':'ES512'}",
            "{'sub':'ann','exp':9999999999}");
    try (KeySetServer server = KeySetServer.start().serve("/keys", keys);
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = behind(upstream, server).start();
        TestClient client = gateway.connect();
        TestClient sdk = gateway.connectDropIn("Authorization: Bearer " + token)) {
      client.sendRaw(
          frames(
              client,
              "{\"type\":\"authenticate\",\"token\":\"" + token + "\"}",
              "{\"type\":\"response.create\"}"));

      assertThat(client.readText()).contains("auth_success");
      assertThat(client.readText()).contains("not_connected");
      assertThat(upstream.take().accept().head()).contains("OpenAI-Safety-Identifier");
      assertThat(sdk.status()).isEqualTo(101);
      // What has taken long is remembered.
      assertThat(gateway.askForSecret("{}", token).statusCode()).isEqualTo(200);
    }
  }
}
