package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatorTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final char[] PASSWORD = "password".toCharArray();

  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @Test
  void showsWhatItReceived() {
    try (var client = RealtimeClient.connect(simulator)) {
      SimulatedConnection connection = simulator.awaitConnection(LIMIT);
      assertThat(connection.requestUri()).isEqualTo("/v1/realtime?model=gpt-realtime-2.1");
      assertThat(connection.requestHeaders().firstValue("authorization"))
          .contains("Bearer sk-test");

      client.send("{\"type\": \"input_audio_buffer.clear\"}").send("not json");
      assertThat(connection.awaitMessages(2, LIMIT))
          .containsExactly("{\"type\": \"input_audio_buffer.clear\"}", "not json");
      assertThat(connection.received()).hasSize(2);
    }
  }

  @Test
  void saysWhatItMissedWhenWaitingEnds() {
    assertThatThrownBy(() -> simulator.awaitConnection(Duration.ofMillis(1)))
        .hasMessage("No connection within PT0.001S");
    try (var client = RealtimeClient.connect(simulator)) {
      SimulatedConnection connection = simulator.awaitConnection(LIMIT);
      client.send("{}");
      connection.awaitMessages(1, LIMIT);
      assertThatThrownBy(() -> connection.awaitMessages(2, Duration.ofMillis(1)))
          .hasMessage("No 2 messages within PT0.001S; received so far: [{}]");
    }
  }

  @Test
  void sendsWhatATestSends() {
    try (var client = RealtimeClient.connect(simulator)) {
      SimulatedConnection connection = simulator.awaitConnection(LIMIT);
      connection.sendText("{\"type\":\"surprise\"}");
      client.await("surprise");
      connection.close(4321, "enough");
      assertThat(client.awaitEnd()).isEqualTo("4321 enough");
      connection.awaitClose(LIMIT);
      assertThat(connection.isOpen()).isFalse();
    }
  }

  @Test
  void dropsTheConnectionWhenATestDoes() {
    try (var client = RealtimeClient.connect(simulator)) {
      client.await("session.created");
      simulator.awaitConnection(LIMIT).drop();
      assertThat(client.awaitEnd()).matches("1006.*|.*Exception");
    }
  }

  @Test
  void knowsHowTheOtherSideClosed() {
    try (var client = RealtimeClient.connect(simulator)) {
      client.await("session.created");
      SimulatedConnection connection = simulator.awaitConnection(LIMIT);
      client.socket().sendClose(WebSocket.NORMAL_CLOSURE, "done").join();
      connection.awaitClose(LIMIT);
      assertThat(connection.closeCode()).contains(1000);
      assertThat(client.awaitEnd()).startsWith("1000");
    }
  }

  @Test
  void knowsThatTheOtherSideWentWithoutAClose() {
    SimulatedConnection connection;
    try (var client = RealtimeClient.connect(simulator)) {
      client.await("session.created");
      connection = simulator.awaitConnection(LIMIT);
    }
    connection.awaitClose(LIMIT);
    assertThat(connection.closeCode()).isEmpty();
  }

  @Test
  void countsItsOpenConnections() {
    assertThat(simulator.openConnections()).isZero();
    try (var one = RealtimeClient.connect(simulator);
        var other = RealtimeClient.connect(simulator)) {
      one.await("session.created");
      other.await("session.created");
      assertThat(simulator.openConnections()).isEqualTo(2);
    }
    Awaitility.await().until(() -> simulator.openConnections() == 0);
  }

  @Test
  void pingsWithFourBytes() throws InterruptedException {
    try (Simulator pinging = Simulator.builder().pingInterval(Duration.ofMillis(20)).start();
        var client = RealtimeClient.connect(pinging)) {
      assertThat(client.awaitPing()).hasSize(4);
      assertThat(client.awaitPing()).hasSize(4);
    }
  }

  @Test
  void endsASessionAtItsTimeLimit() {
    try (Simulator brief = Simulator.builder().sessionLimit(Duration.ofMillis(50)).start();
        var client = RealtimeClient.connect(brief)) {
      assertThat(client.awaitEnd())
          .isEqualTo("1001 Your session hit the maximum duration of 60 minutes.");
    }
  }

  @Test
  void takesAnEventOfFifteenMebibytesOfAudio() {
    try (var client = RealtimeClient.connect(simulator)) {
      client.update("{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":null}}}");
      client.await("session.updated");
      String audio = Base64.getEncoder().encodeToString(new byte[15 * 1024 * 1024]);
      client.send("{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + audio + "\"}");
      client.send("{\"type\":\"input_audio_buffer.commit\"}");
      client.await("input_audio_buffer.committed");
    }
  }

  @Test
  void speaksTls(@TempDir Path directory) throws Exception {
    KeyStore store = selfSigned(directory.resolve("store.p12"));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
    SslContext serving = SslContextBuilder.forServer(keys).build();

    try (Simulator secure = Simulator.builder().tls(serving).start();
        HttpClient http = HttpClient.newBuilder().sslContext(trusting).build()) {
      assertThat(secure.uri()).hasScheme("wss");
      try (var client =
          RealtimeClient.connect(
              http,
              URI.create(secure.uri() + "?model=gpt-realtime"),
              List.of(),
              "Authorization",
              "Bearer x")) {
        client.await("session.created");
      }
    }
  }

  private static KeyStore selfSigned(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "simulator",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(file.toFile())) {
      store.load(in, PASSWORD);
    }
    store.setCertificateEntry("trusted", store.getCertificate("simulator"));
    return store;
  }
}
