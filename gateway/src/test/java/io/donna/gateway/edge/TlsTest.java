package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on the public port. */
class TlsTest {
  private static final TestCertificates AUTHORITY = new TestCertificates();
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  @TempDir private Path folder;

  private TestCertificates.Pair files;

  @BeforeEach
  void writeCertificate() throws IOException {
    files = AUTHORITY.writeServer(folder);
  }

  private static SSLSocket socket(RunningGateway gateway, SSLContext tls) throws IOException {
    return (SSLSocket)
        tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), gateway.port());
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static TestClient connect(RunningGateway gateway) throws IOException {
    return TestClient.connect(socket(gateway, AUTHORITY.client()), "/realtime");
  }

  private static X509Certificate shownBy(RunningGateway gateway) throws IOException {
    try (SSLSocket socket = socket(gateway, AUTHORITY.client())) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  @ParameterizedTest
  @CsvSource({"false, TLSv1.3", "false, TLSv1.2", "true, TLSv1.3", "true, TLSv1.2"})
  void relaysInTlsAsItDoesInPlain(boolean jdkOnly, String protocol) throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            (jdkOnly ? RunningGateway.behind(upstream).overNio() : RunningGateway.behind(upstream))
                .overTls(files)
                .start();
        SSLSocket socket = socket(gateway, AUTHORITY.client())) {
      socket.setEnabledProtocols(new String[] {protocol});
      TestClient client = TestClient.connect(socket, "/realtime").authenticate();
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      byte[] frame = client.encode(0x81, new byte[300_000]);
      client.sendRaw(frame);
      assertThat(opened.readFrame().wire()).isEqualTo(frame);
      opened.sendRaw(opened.encode(0x81, "a".repeat(300_000).getBytes(StandardCharsets.UTF_8)));

      assertThat(client.readText()).hasSize(300_000);
      assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
      client.sendClose(1000, "bye");
      assertThat(client.readClose().closeCode()).isEqualTo(1000);
      gateway.awaitNoConnections();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0300", "0301", "0302"})
  void refusesOlderProtocols(String version) throws IOException {
    // A ClientHello (RFC 5246, 7.4.1.2) that offers ECDHE-RSA-AES128-SHA and AES128-SHA.
    String hello = version + "00".repeat(32) + "00" + "0004c013002f" + "0100";
    String message = "01" + "%06x".formatted(hello.length() / 2) + hello;
    String tlsRecord = "160301" + "%04x".formatted(message.length() / 2) + message;
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(HexFormat.of().parseHex(tlsRecord));

      byte[] alert = socket.getInputStream().readNBytes(7);

      assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
      assertThat(alert[5]).as("fatal").isEqualTo((byte) 2);
      assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
      })
  void refusesCiphersWithoutAuthentication(String cipher) throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start();
        SSLSocket socket = socket(gateway, AUTHORITY.client())) {
      socket.setEnabledCipherSuites(new String[] {cipher});

      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
  }

  @Test
  void showsANewCertificateAndDropsNoSession() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).overTls(files).start();
        TestClient client = connect(gateway).authenticate()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      X509Certificate before = shownBy(gateway);
      AUTHORITY.writeServer(folder);

      await().atMost(Duration.ofSeconds(10)).until(() -> !shownBy(gateway).equals(before));
      client.send("still here");
      assertThat(opened.readFrame().text()).isEqualTo("still here");
    }
  }

  @Test
  void keepsItsCertificateInTheMiddleOfARenewal() throws IOException {
    byte[] oldKey = Files.readAllBytes(files.key());
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start()) {
      X509Certificate before = shownBy(gateway);
      AUTHORITY.writeServer(folder);
      byte[] newKey = Files.readAllBytes(files.key());
      Files.write(files.key(), oldKey);
      // Long enough to be seen, and read, at least once: two looks.
      await()
          .during(Duration.ofMillis(2_500))
          .atMost(Duration.ofSeconds(10))
          .until(() -> shownBy(gateway).equals(before));
      Files.write(files.key(), newKey);

      await().atMost(Duration.ofSeconds(10)).until(() -> !shownBy(gateway).equals(before));
    }
  }

  @Test
  void letsOnlyCertifiedClientsInWhereToldTo() throws Exception {
    TestCertificates clients = new TestCertificates();
    try (RunningGateway gateway =
            RunningGateway.withoutUpstream()
                .overTls(files)
                .with("TLS_CLIENT_CA_FILE", AUTHORITY.writeTo(folder))
                .start();
        SSLSocket certified = socket(gateway, AUTHORITY.certifiedClient())) {
      assertThat(TestClient.connect(certified, "/realtime").status()).isEqualTo(101);
      assertRefused(gateway, AUTHORITY.client());
      assertRefused(gateway, clients.certifiedClient());
    }
  }

  /** In TLS 1.3 a client takes itself for accepted until the first thing that it reads. */
  private static void assertRefused(RunningGateway gateway, SSLContext client) {
    assertThatThrownBy(
            () -> {
              try (SSLSocket socket = socket(gateway, client)) {
                say(socket, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
                socket.getInputStream().read();
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(gateway.gateway().connections()).isEqualTo(1);
  }

  @Test
  void tellsAPlainClientThatThisIsTls() throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start();
        TestClient plain = TestClient.connect(gateway.port(), "/realtime")) {
      assertThat(plain.status()).isEqualTo(400);
      assertThat(plain.rest())
          .isEqualTo("{\"error\":\"This port speaks TLS: use https:// and wss://\"}");
    }
  }

  private static HttpHeaders headers(RunningGateway gateway, String uri, String... more)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(uri.replace("PORT", String.valueOf(gateway.port()))));
    if (more.length > 0) {
      request.headers(more);
    }
    try (HttpClient http = HttpClient.newBuilder().sslContext(AUTHORITY.client()).build()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).headers();
    }
  }

  @Test
  void asksBrowsersForTlsOnlyWhereThereIsTls() throws Exception {
    String name = "Strict-Transport-Security";
    try (RunningGateway secure = RunningGateway.withoutUpstream().overTls(files).start();
        RunningGateway plain = RunningGateway.withoutUpstream().start();
        RunningGateway behindProxy =
            RunningGateway.withoutUpstream().with("TRUSTED_PROXIES", "127.0.0.1").start()) {
      assertThat(headers(secure, "https://localhost:PORT/test").firstValue(name))
          .hasValue("max-age=31536000");
      assertThat(headers(secure, "https://localhost:PORT/nowhere").firstValue(name)).isPresent();
      assertThat(headers(plain, "http://localhost:PORT/test").firstValue(name)).isEmpty();
      String[] forwarded = {"X-Forwarded-Proto", "https"};
      assertThat(headers(plain, "http://localhost:PORT/test", forwarded).firstValue(name))
          .isEmpty();
      assertThat(headers(behindProxy, "http://localhost:PORT/test", forwarded).firstValue(name))
          .isPresent();
    }
  }

  @Test
  void namesItsSecureAddress() throws Exception {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start();
        SSLSocket socket = socket(gateway, AUTHORITY.client())) {
      say(socket, "GET /test HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n");

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .contains("\"websocket_url\":\"wss://gw/realtime\"")
          .contains("X-Content-Type-Options: nosniff")
          .contains("Content-Security-Policy: default-src 'none'")
          .contains("Referrer-Policy: no-referrer");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isHeardByAClientThatIsStillSending(boolean jdkOnly) throws IOException {
    RunningGateway.Builder builder = RunningGateway.withoutUpstream().overTls(files);
    try (RunningGateway gateway = (jdkOnly ? builder.overNio() : builder).start()) {
      try (TestClient client = connect(gateway)) {
        byte[] tooBig = client.encode(0x81, new byte[2_000_000]);
        Thread sending =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    client.sendRaw(tooBig);
                  } catch (UncheckedIOException heardEnough) {
                    // The gateway has closed, as it should.
                  }
                });

        assertThat(client.readClose().closeCode()).isEqualTo(1009);
        sending.interrupt();
      }
      gateway.awaitNoConnections();
    }
  }

  @Test
  void takesACloseNotifyForTheEnd() throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().overTls(files).start();
        SSLSocket socket = socket(gateway, AUTHORITY.client())) {
      TestClient client = TestClient.connect(socket, "/realtime");
      assertThat(client.status()).isEqualTo(101);
      socket.shutdownOutput();

      gateway.awaitNoConnections();
      assertThat(client.reachesEnd()).isTrue();
    }
  }
}
