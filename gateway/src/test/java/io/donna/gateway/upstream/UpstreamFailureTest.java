package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that does not open: the client hears what happened, and nothing it should not. */
class UpstreamFailureTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

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
          HTTP/1.1 429 Too Many Requests~Content-Length: 2~~{}              | upstream_refused
          HTTP/1.1 500 Oops~Connection: close~~                             | upstream_refused
          HTTP/1.1 302 Found~Location: http://127.0.0.1/~~                  | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmUgYXQ=~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~Sec-WebSocket-Extensions: permessage-deflate~~ | upstream_refused
          HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: ACCEPT~Sec-WebSocket-Protocol: realtime~~ | upstream_refused
          SSH-2.0-OpenSSH_9.2~~~                                            | upstream_refused
          """)
  void refusesWhatIsNotAWebSocket(String answer, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opening = upstream.take();
      opening.answer(answer.replace("~", "\r\n").replace("ACCEPT", opening.acceptKey()));

      expectFailure(client, code);
      assertThat(opening.reachesEnd()).isTrue();
      gateway.awaitNoConnections();
    }
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

  @ParameterizedTest
  @ValueSource(ints = {0x83, 0xC1, 0x09, 0x80})
  void endsAnUpstreamThatBreaksTheProtocol(int firstByte) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      opened.sendRaw(new byte[] {(byte) firstByte, 0});

      assertThat(opened.readClose().closeCode()).isEqualTo(1002);
      assertThat(client.readText()).isEqualTo("{\"type\":\"realtime_disconnected\"}");
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
