package io.donna.gateway.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Swallowing;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that does not open: the client hears what happened, and nothing it should not. */
class UpstreamFailureTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  /** The time limit of the contract, half a second here, and what a busy machine needs beyond. */
  private static final Duration LIMIT = Duration.ofSeconds(4);

  /**
   * A process loads BoringSSL with its first TLS upstream, which can take longer than the limit.
   */
  @BeforeAll
  static void loadTls() {
    OpenSsl.ensureAvailability();
  }

  private static void expectFailure(TestClient client, String code) {
    String error = client.readText();
    assertThat(error)
        .contains("\"type\":\"gateway_error\"", "\"code\":\"" + code + "\"")
        .doesNotContain(RunningGateway.API_KEY)
        .doesNotContain("127.0.0.1")
        .doesNotContain("xception");
    Frame close = client.read();
    assertThat(close.closeCode()).isEqualTo(1011);
    assertThat(close.closeReason()).isEqualTo("Upstream failed");
    client.sendClose(1011, "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws://127.0.0.1:1/v1/realtime", "ws://no-such-host.invalid/v1/realtime"})
  void saysThatItCannotBeReached(String url) {
    try (RunningGateway gateway = RunningGateway.behind(URI.create(url)).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);

      expectFailure(client, "upstream_unreachable");
      gateway.awaitNoConnections();
    }
  }

  @Test
  void givesUpOnOneThatNeverAnswers() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("UPSTREAM_CONNECT_TIMEOUT_MS", 400).start();
        TestClient client = gateway.connectReady()) {
      long begun = System.nanoTime();
      client.send(CONNECT);

      expectFailure(client, "upstream_timeout");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
      assertThat(upstream.take().reachesEnd()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          HTTP/1.1 401 Unauthorized~Content-Length: 0~~                     | upstream_refused
          HTTP/1.1 401 Unauthorized~Content-Length: 59~~{"error":{"message":"Incorrect API key provided: KEY"}}  | upstream_refused
          HTTP/1.1 403 Forbidden~Content-Type: text/html~Connection: close~~<html>127.0.0.1</html> | upstream_refused
          HTTP/1.1 429 Too Many Requests~Content-Length: 2~~{}              | upstream_refused
          HTTP/1.1 500 Oops~Connection: close~~                             | upstream_refused
          HTTP/1.1 500 Oops~Transfer-Encoding: chunked~~5~KEY..~0~~         | upstream_refused
          HTTP/1.1 503 Unavailable~Content-Length: 1000000000~~some of it   | upstream_refused
          HTTP/1.1 200 OK~Content-Length: 2~~{}                             | upstream_refused
          HTTP/1.1 301 Moved~Location: wss://127.0.0.1/v1/realtime~Content-Length: 0~~ | upstream_refused
          HTTP/1.1 302 Found~Location: http://127.0.0.1/~~                  | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmUgYXQ=~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~Sec-WebSocket-Extensions: permessage-deflate~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~Sec-WebSocket-Protocol: realtime~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: h2c~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: close~Sec-WebSocket-Accept: ACCEPT~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~: no name~~ | upstream_refused
          HTTP/1.1 100 Continue~~HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~~ | upstream_refused
          SSH-2.0-OpenSSH_9.2~~~                                            | upstream_refused
          """)
  void refusesWhatIsNotAWebSocket(String answer, String code) {
    try (CapturedLog log = new CapturedLog();
        TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      opening.answer(
          answer
              .replace("~", "\r\n")
              .replace("ACCEPT", opening.acceptKey())
              .replace("KEY", RunningGateway.API_KEY));

      expectFailure(client, code);
      assertThat(opening.reachesEnd()).isTrue();
      gateway.awaitNoConnections();
      expectNoSecret(log, gateway);
    }
  }

  /** Once it is open there are other tests: UpstreamLossTest. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          http       | wss | upstream_tls_failed
          silence    | wss | upstream_timeout
          half       | wss | upstream_timeout
          end        | wss | upstream_tls_failed
          reset      | wss | upstream_unreachable
          silence    | ws  | upstream_timeout
          half       | ws  | upstream_timeout
          drip       | ws  | upstream_timeout
          endless    | ws  | upstream_refused
          end        | ws  | upstream_unreachable
          reset      | ws  | upstream_unreachable
          """)
  void saysWhatBecameOfOneThatDoesNotAnswerAsItShould(String what, String scheme, String code)
      throws IOException {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RunningGateway gateway = gatewayTowards(scheme, server.getLocalPort());
        TestClient client = gateway.connectReady()) {
      long begun = System.nanoTime();
      client.send(CONNECT);
      try (Socket socket = server.accept()) {
        Thread misbehaving = Thread.ofVirtual().start(() -> misbehave(what, scheme, socket));

        expectFailure(client, code);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
        gateway.awaitNoConnections();
        expectNoSecret(log, gateway);
        misbehaving.interrupt();
      }
    }
  }

  private static void misbehave(String what, String scheme, Socket socket) {
    try {
      OutputStream out = socket.getOutputStream();
      socket.getInputStream().read();
      switch (what) {
        case "http" -> out.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
        case "silence" -> {}
        case "half" -> {
          byte[] serverHello = {0x16, 3, 3, 0x40, 0, 2};
          out.write(scheme.equals("wss") ? serverHello : "HTTP/1.1 101 Swit".getBytes(US_ASCII));
        }
        case "drip" -> {
          for (byte octet : "HTTP/1.1 101 Switching Protocols".getBytes(US_ASCII)) {
            out.write(octet);
            LockSupport.parkNanos(50_000_000);
          }
        }
        case "endless" -> {
          out.write("HTTP/1.1 101 Switching Protocols\r\nX: ".getBytes(US_ASCII));
          while (!Thread.currentThread().isInterrupted()) {
            out.write("more and more".getBytes(US_ASCII));
          }
        }
        case "end" -> socket.close();
        case "reset" -> {
          socket.setSoLinger(true, 0);
          socket.close();
        }
        default -> throw new AssertionError(what);
      }
    } catch (IOException gatewayHungUp) {
      // As it may.
    }
  }

  @Test
  void givesUpOnAnAddressThatSwallowsPackets() throws IOException {
    try (Swallowing swallowing = new Swallowing("127.0.0.1");
        RunningGateway gateway = gatewayTowards("ws", swallowing.port());
        TestClient client = gateway.connectReady()) {
      long begun = System.nanoTime();
      client.send(CONNECT);

      String error = client.readText();
      assertThat(error).containsAnyOf("upstream_timeout", "upstream_unreachable");
      assertThat(client.read().closeCode()).isEqualTo(1011);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LIMIT);
      client.sendClose(1011, "");
      gateway.awaitNoConnections();
    }
  }

  /** The tests' hosts file gives the name two addresses. */
  @Test
  void triesTheNextAddressOfANameWhereOneSwallowsPackets() throws IOException {
    try (Swallowing swallowing = new Swallowing("127.0.0.1");
        TestUpstream upstream = TestUpstream.start("127.0.0.2", swallowing.port());
        RunningGateway gateway =
            RunningGateway.behind(
                    URI.create("ws://two.donna.test:" + upstream.port() + "/v1/realtime"))
                .with("UPSTREAM_CONNECT_TIMEOUT_MS", 4_000)
                .start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      upstream.take().accept().send("{\"type\":\"session.created\"}");

      assertThat(client.readText()).isEqualTo("{\"type\":\"session.created\"}");
    }
  }

  private static RunningGateway gatewayTowards(String scheme, int port) {
    return RunningGateway.behind(URI.create(scheme + "://127.0.0.1:" + port + "/v1/realtime"))
        .with("UPSTREAM_CONNECT_TIMEOUT_MS", 500)
        .start();
  }

  private static void expectNoSecret(CapturedLog log, RunningGateway gateway) {
    assertThat(String.join("\n", log.lines()) + String.join("\n", gateway.log()))
        .doesNotContain(RunningGateway.API_KEY)
        .doesNotContain(RunningGateway.SECRET)
        .doesNotContain("ERROR");
  }

  @Test
  void saysThatItClosedBeforeItAnswered() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      upstream.take().close();

      expectFailure(client, "upstream_unreachable");
    }
  }

  @Test
  void deliversWhatComesInTheSameBytesAsTheHandshake() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      opening.answer(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + opening.acceptKey()
              + "\r\n\r\n"
              + "\u0081\u0004abcd\u0081\u0004ef");
      opening.answer("gh");

      assertThat(client.readText()).isEqualTo("abcd");
      assertThat(client.readText()).isEqualTo("efgh");
    }
  }
}
