package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Version 1 and 2 of the PROXY protocol: believed of trusted proxies, where it is asked for. */
class ProxyProtocolTest {
  /** Twelve bytes that begin version 2 (proxy-protocol.txt, 2.2). */
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  private static final String UPGRADE =
      """
      GET /realtime HTTP/1.1
      Host: localhost
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
      Sec-WebSocket-Version: 13
      """
          .replace("\n", "\r\n");

  private static RunningGateway asking(String trusted) {
    return RunningGateway.with("PROXY_PROTOCOL", true).with("TRUSTED_PROXIES", trusted).start();
  }

  /** Version 2 with a command, a family and an address block, in hex. */
  private static String v2(String command, String family, String rest) {
    return SIGNATURE
        + command
        + family
        + HexFormat.of().toHexDigits((short) (rest.length() / 2))
        + rest;
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The bytes of {@code hex} as the characters that they are in ISO 8859-1. */
  private static String raw(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PROXY TCP4 198.51.100.7 192.0.2.1 4711 3001 | 198.51.100.xxx",
        "PROXY TCP6 2001:db8:1:2:3:4:5:6 2001:db8::1 4711 3001 | 2001:db8:1:2:xxxx",
        "PROXY TCP6 ::ffff:198.51.100.7 ::1 4711 3001 | 198.51.100.xxx",
        "PROXY UNKNOWN | 127.0.0.xxx",
        "PROXY UNKNOWN ffff::1 ffff::2 65535 65535 | 127.0.0.xxx",
      })
  void countsAndLogsTheClientThatVersion1Names(String header, String ip) {
    expectClient(hex(header + "\r\n"), ip);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "21 | 11 | c6336407c000020112670bb9 | 198.51.100.xxx",
        "21 | 21 | 20010db800010002000300040005000620010db800000000000000000000000112670bb9 | 2001:db8:1:2:xxxx",
        "21 | 21 | 00000000000000000000ffffc633640700000000000000000000000000000000000112670bb9 | 198.51.100.xxx",
        // Behind the addresses: what a load balancer adds, here its name for the network (AWS).
        "21 | 11 | c6336407c000020112670bb9ea000401313233 | 198.51.100.xxx",
        // LOCAL, as in health checks of the proxy itself: whatever stands in it.
        "20 | 00 | '' | 127.0.0.xxx",
        "20 | 11 | c6336407c000020112670bb9 | 127.0.0.xxx",
        // UNSPEC, UDP and Unix sockets: no address of a client of ours.
        "21 | 00 | '' | 127.0.0.xxx",
        "21 | 12 | c6336407c000020112670bb9 | 127.0.0.xxx",
      })
  void countsAndLogsTheClientThatVersion2Names(
      String command, String family, String rest, String ip) {
    expectClient(v2(command, family, rest), ip);
  }

  private static void expectClient(String headerHex, String ip) {
    try (RunningGateway gateway = asking("127.0.0.1");
        TestClient client =
            TestClient.raw(
                gateway.port(),
                raw(headerHex) + UPGRADE + "X-Forwarded-For: 203.0.113.1\r\n\r\n")) {
      assertThat(client.status()).isEqualTo(101);
      assertThat(gateway.log().getFirst())
          .startsWith("🔒 [SECURITY] WS_CONNECTION_ESTABLISHED: {\"ip\":")
          .contains(
              // A proxy that speaks for itself is believed about the request's client too.
              ip.startsWith("127") ? "203.0.113.xxx" : ip);
    }
  }

  @Test
  void limitsTheNamedClientAndNotTheProxy() {
    try (RunningGateway gateway =
        RunningGateway.with("PROXY_PROTOCOL", true)
            .with("TRUSTED_PROXIES", "127.0.0.1")
            .with("MAX_CONNECTIONS_PER_IP", 1)
            .start()) {
      String one = "PROXY TCP6 2001:db8:1:2::1 ::1 1 2\r\n" + UPGRADE + "\r\n";
      String neighbour = "PROXY TCP6 2001:db8:1:2::2 ::1 1 2\r\n" + UPGRADE + "\r\n";
      String other = "PROXY TCP6 2001:db8:1:3::1 ::1 1 2\r\n" + UPGRADE + "\r\n";

      try (TestClient first = TestClient.raw(gateway.port(), one);
          TestClient second = TestClient.raw(gateway.port(), neighbour);
          TestClient third = TestClient.raw(gateway.port(), other)) {
        assertThat(first.status()).isEqualTo(101);
        assertThat(second.status()).isEqualTo(429);
        assertThat(third.status()).isEqualTo(101);
      }
    }
  }

  @Test
  void takesTheHeaderInSingleBytesAndTheRequestInTheSameOnes() throws IOException {
    try (RunningGateway gateway = asking("127.0.0.0/8");
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(10_000);
      String all = "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n" + UPGRADE + "\r\n";
      for (byte octet : all.getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(octet);
        LockSupport.parkNanos(200_000);
      }

      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 101");
      assertThat(gateway.log().getFirst()).contains("198.51.100.xxx");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 4711\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 4711 3001 more\r\n",
        "PROXY TCP4 198.51.100 192.0.2.1 4711 3001\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 4711 3001\r\n",
        "PROXY TCP6 198.51.100.7 192.0.2.1 4711 3001\r\n",
        "PROXY TCP4 localhost localhost 4711 3001\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 65536 3001\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 -1 3001\r\n",
        "PROXY TCP4  198.51.100.7 192.0.2.1 4711 3001\r\n",
        "PROXY UDP4 198.51.100.7 192.0.2.1 4711 3001\r\n",
        "PROXY\r\nGET / HTTP/1.1\r\n\r\n",
        "proxy TCP4 198.51.100.7 192.0.2.1 4711 3001\r\n",
        " PROXY TCP4 198.51.100.7 192.0.2.1 4711 3001\r\n",
        "\r\nPROXY TCP4 198.51.100.7 192.0.2.1 4711 3001\r\n",
      })
  void endsWhatDoesNotBeginWithVersion1Unanswered(String bytes) {
    expectSilentEnd(bytes);
  }

  @Test
  void endsAVersion1HeaderThatDoesNotEnd() {
    expectSilentEnd("PROXY TCP4 " + "1".repeat(10_000));
  }

  @ParameterizedTest
  @CsvSource({
    // Commands and versions that do not exist, addresses cut short, families that do not exist.
    "22, 11, c6336407c000020112670bb9",
    "31, 11, c6336407c000020112670bb9",
    "11, 11, c6336407c000020112670bb9",
    "21, 11, c6336407c0000201",
    "21, 21, c6336407c000020112670bb9",
    "21, 13, c6336407c000020112670bb9",
    "21, 41, c6336407c000020112670bb9",
    "21, 11, ''",
    // An extra that is longer than the header, and one that is longer than we keep.
    "21, 11, c6336407c000020112670bb9ea00ff01",
    "21, 11, EXTRAS",
  })
  void endsAMalformedVersion2Unanswered(String command, String family, String rest) {
    String block =
        rest.replace("EXTRAS", "c6336407c000020112670bb9" + "ea1fff" + "00".repeat(0x1FFF));
    expectSilentEnd(raw(v2(command, family, block)));
  }

  private static void expectSilentEnd(String bytes) {
    try (RunningGateway gateway = asking("127.0.0.1")) {
      assertThat(answerTo(gateway, bytes)).isEmpty();
      gateway.awaitLog(
          "WS_CONNECTION_ERROR: {\"ip\":\"127.0.0.xxx\","
              + "\"error\":\"PROXY protocol: header missing or malformed\"}");
      assertThat(gateway.log()).hasSize(1);
    }
  }

  /** Everything that comes back until the connection ends. */
  private static String answerTo(RunningGateway gateway, String bytes) {
    StringBuilder answer = new StringBuilder();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      int octet = socket.getInputStream().read();
      while (octet >= 0) {
        answer.append((char) octet);
        octet = socket.getInputStream().read();
      }
    } catch (SocketTimeoutException stillOpen) {
      answer.append("nothing, but the connection did not end");
    } catch (IOException reset) {
      // As where bytes of ours were left unread.
    }
    return answer.toString();
  }

  @Test
  void believesNobodyElseAndAnswersThemNothing() {
    try (RunningGateway gateway = asking("10.0.0.0/8")) {
      String all = "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n" + UPGRADE + "\r\n";
      assertThat(answerTo(gateway, all)).isEmpty();
      gateway.awaitLog("\"error\":\"PROXY protocol: not a trusted proxy\"}");
      assertThat(gateway.log()).hasSize(1);
      assertThat(gateway.gateway().connections()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n", "PROXY UNKNOWN\r\n", "v2"})
  void isRefusedWhereItIsNotAskedFor(String header) {
    String bytes = header.equals("v2") ? raw(v2("21", "11", "c6336407c000020112670bb9")) : header;
    try (RunningGateway gateway = RunningGateway.with("TRUSTED_PROXIES", "127.0.0.1").start();
        TestClient client = TestClient.raw(gateway.port(), bytes + UPGRADE + "\r\n")) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(gateway.log()).isEmpty();
    }
  }

  @Test
  void standsInTheClearBeforeTls(@TempDir Path folder) throws Exception {
    TestCertificates authority = new TestCertificates();
    try (RunningGateway gateway =
            RunningGateway.with("PROXY_PROTOCOL", true)
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .overTls(authority.writeServer(folder))
                .start();
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      plain
          .getOutputStream()
          .write("PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n".getBytes(StandardCharsets.US_ASCII));
      try (Socket secure =
          authority.client().getSocketFactory().createSocket(plain, "localhost", 0, true)) {
        secure.getOutputStream().write((UPGRADE + "\r\n").getBytes(StandardCharsets.US_ASCII));

        assertThat(new String(secure.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 101");
        gateway.awaitLog("\"ip\":\"198.51.100.xxx\"");
      }
    }
  }
}
