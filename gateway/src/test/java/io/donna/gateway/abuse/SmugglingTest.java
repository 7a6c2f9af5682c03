package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that two servers may read differently (RFC 9112, 11.2). A proxy in front may take the
 * bytes behind them for a body; the gateway answers them once and takes nothing behind them for a
 * request.
 */
class SmugglingTest {
  private static final String SMUGGLED = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

  private static final String UPGRADE =
      String.join(
          "\r\n",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "");

  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = RunningGateway.withoutUpstream().start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  static Stream<Arguments> headerLines() {
    return Stream.of(
        arguments("both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"),
        arguments("both lengths, turned", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n"),
        arguments("two lengths", "Content-Length: 0\r\nContent-Length: 30\r\n"),
        arguments("two lengths that agree", "Content-Length: 0\r\nContent-Length: 0\r\n"),
        arguments("a list of lengths", "Content-Length: 0, 30\r\n"),
        arguments("a list of lengths that agree", "Content-Length: 0, 0\r\n"),
        arguments("a header that begins with a CR", "\rContent-Length: 0\r\n"),
        arguments("a length with a sign", "Content-Length: +0\r\n"),
        arguments("a negative length", "Content-Length: -1\r\n"),
        arguments("a hexadecimal length", "Content-Length: 0x0\r\n"),
        arguments("a length in parts", "Content-Length: 0 0\r\n"),
        arguments("no length", "Content-Length:\r\n"),
        arguments("a length above 2^63", "Content-Length: 92233720368547758070\r\n"),
        arguments("a coding nobody knows", "Transfer-Encoding: xchunked\r\n"),
        arguments("identity", "Transfer-Encoding: identity\r\n"),
        arguments("chunked and another", "Transfer-Encoding: chunked, identity\r\n"),
        arguments("another and chunked", "Transfer-Encoding: gzip, chunked\r\n"),
        arguments("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
        arguments("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        arguments("quoted chunked", "Transfer-Encoding: \"chunked\"\r\n"),
        arguments("chunked behind a control", "Transfer-Encoding: \u000bchunked\r\n"),
        arguments("no coding", "Transfer-Encoding:\r\n"),
        arguments("space before a colon", "Content-Length : 0\r\n"),
        arguments("tab before a colon", "Transfer-Encoding\t: chunked\r\n"),
        arguments("a bare LF", "A: b\nContent-Length: 0\r\n"),
        arguments("a bare CR in a value", "A: b\rContent-Length: 0\r\n"),
        arguments("a bare CR in a name", "A\rB: c\r\n"),
        arguments("a folded line", "A: b\r\n c\r\n"),
        arguments("a folded line with a tab", "A: b\r\n\tContent-Length: 0\r\n"),
        arguments("a folded length", "Content-Length:\r\n 0\r\n"),
        arguments("a folded coding", "Transfer-Encoding:\r\n chunked\r\n"),
        arguments("an empty fold", "A: b\r\n \r\n"),
        arguments("a line without a colon", "Content-Length 0\r\n"),
        arguments("a line without a name", ": 0\r\n"),
        arguments("a space in a name", "Content Length: 0\r\n"),
        arguments("a NUL in a name", "A\0B: c\r\n"),
        arguments("a NUL in a value", "A: b\0c\r\n"),
        arguments("a control in a value", "A: b\u0001c\r\n"),
        arguments("a letter that is not ASCII in a name", "Contént-Length: 0\r\n"),
        arguments("two hosts", "Host: y\r\n"),
        arguments("two hosts that agree", "Host: x\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headerLines")
  void answersAmbiguousHeadersOnce(String what, String lines) {
    refusesOnce("POST /test HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n");
    refusesOnce("GET /realtime HTTP/1.1\r\nHost: x\r\n" + UPGRADE + lines + "\r\n");
  }

  static Stream<Arguments> requestLines() {
    return Stream.of(
        arguments("two spaces", "GET  /test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a tab", "GET\t/test\tHTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a space in the path", "GET /te st HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a space at the end", "GET /test HTTP/1.1 \r\nHost: x\r\n\r\n"),
        arguments("a space at the beginning", " GET /test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a NUL in the path", "GET /test\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a CR in the path", "GET /te\rst HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a bare LF", "GET /test HTTP/1.1\nHost: x\r\n\r\n"),
        arguments("bare LFs throughout", "GET /test HTTP/1.1\nHost: x\n\n"),
        arguments("no version", "GET /test\r\nHost: x\r\n\r\n"),
        arguments("no path", "GET HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a method that is no token", "G@T /test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a version of two digits", "GET /test HTTP/1.10\r\nHost: x\r\n\r\n"),
        arguments("a version that is none", "GET /test HTTP/x.y\r\nHost: x\r\n\r\n"),
        arguments("a lower-case version", "GET /test http/1.1\r\nHost: x\r\n\r\n"),
        arguments("version 2", "GET /test HTTP/2.0\r\nHost: x\r\n\r\n"),
        arguments("version 0.9", "GET /test HTTP/0.9\r\nHost: x\r\n\r\n"),
        arguments("a folded first header", "GET /test HTTP/1.1\r\n Host: x\r\n\r\n"),
        arguments(
            "chunks over HTTP/1.0", "GET /test HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        arguments("no host", "GET /test HTTP/1.1\r\n\r\n"),
        arguments("a list of hosts", "GET /test HTTP/1.1\r\nHost: x, y\r\n\r\n"),
        arguments("a host with a space", "GET /test HTTP/1.1\r\nHost: x y\r\n\r\n"),
        arguments("a host with a path", "GET /test HTTP/1.1\r\nHost: x/y\r\n\r\n"),
        arguments("a host with a user", "GET /test HTTP/1.1\r\nHost: a@x\r\n\r\n"),
        arguments("a target with a host, and none", "GET http://x/test HTTP/1.1\r\n\r\n"),
        arguments("a target of another host", "GET http://y/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target of another port", "GET http://x:80/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target of no host", "GET http:///test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target with a user", "GET http://a@x/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target with a password", "GET http://a:b@x/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target with a fragment", "GET http://x#/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target turned", "GET http://x\\/test HTTP/1.1\r\nHost: x\r\n\r\n"),
        arguments("a target's host encoded", "GET http://%78/test HTTP/1.1\r\nHost: x\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("requestLines")
  void answersAmbiguousRequestLinesOnce(String what, String request) {
    refusesOnce(request);
  }

  static Stream<Arguments> chunks() {
    return Stream.of(
        arguments("no number", "xyz\r\n"),
        arguments("a sign", "+5\r\nhello\r\n0\r\n\r\n"),
        arguments("a negative size", "-1\r\n"),
        arguments("a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
        arguments("a size above 2^63", "8000000000000005\r\nhello\r\n0\r\n\r\n"),
        arguments("a size above 2^32", "100000005\r\nhello\r\n0\r\n\r\n"),
        arguments("an empty size", "\r\nhello\r\n0\r\n\r\n"),
        arguments("a space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
        arguments("a bare LF behind the size", "5\nhello\r\n0\r\n\r\n"),
        arguments("a bare LF in an extension", "5;a=b\nhello\r\n0\r\n\r\n"),
        arguments("a bare CR in an extension", "5;a=b\rc\r\nhello\r\n0\r\n\r\n"),
        arguments("a bare LF behind the data", "5\r\nhello\n0\r\n\r\n"),
        arguments("data that are longer", "5\r\nhello!\r\n0\r\n\r\n"),
        arguments("an extension without end", "5;" + "a".repeat(40_000) + "\r\n"),
        arguments("a bare LF in a trailer", "0\r\nA: b\nC: d\r\n\r\n"),
        arguments("a trailer without end", "0\r\nA: " + "a".repeat(40_000)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("chunks")
  void answersAmbiguousChunksOnce(String what, String body) {
    refusesOnce("POST /test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        arguments("a length", "Content-Length: 5\r\n\r\nhello"),
        arguments("chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        arguments("no chunk", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        arguments("frames as a body", "Content-Length: 6\r\n\r\n\u0089\u0080\0\0\0\0"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bodies")
  void refusesAnUpgradeThatAnnouncesABody(String what, String rest) {
    refusesOnce("GET /realtime HTTP/1.1\r\nHost: x\r\n" + UPGRADE + rest);
    gateway.awaitNoConnections();
  }

  /** Bodies that end where they say are read past, however they say it. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("bodies")
  void answersWhatComesBehindAnUnambiguousBody(String what, String rest) {
    String request = "POST /test HTTP/1.1\r\nHost: x\r\n" + rest;
    try (TestClient client = TestClient.raw(gateway.port(), request + SMUGGLED)) {
      assertThat(client.status()).isEqualTo(405);
      assertThat(client.body()).contains("Method not allowed");
      assertThat(client.nextHead()).startsWith("HTTP/1.1 200");
    }
  }

  private static void refusesOnce(String request) {
    try (TestClient client = TestClient.raw(gateway.port(), request + SMUGGLED)) {
      assertThat(client.status()).as(request).isBetween(400, 499);
      String rest = client.rest();
      assertThat(rest).as(request).doesNotContain("HTTP/1.1 ").doesNotContain("xception");
    }
  }
}
