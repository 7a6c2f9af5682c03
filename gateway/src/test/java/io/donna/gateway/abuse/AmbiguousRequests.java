package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.donna.gateway.kit.TestClient;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that two servers may read differently (RFC 9112, 11.2). A proxy in front may take the
 * bytes behind them for a body; a port of the gateway's answers them once and takes nothing behind
 * them for a request. Every port that speaks HTTP is tested with all of them.
 */
public abstract class AmbiguousRequests {

  protected static final String UPGRADE =
      String.join(
          "\r\n",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "");

  /** A port that speaks HTTP. */
  protected abstract int port();

  /** A host that the port serves. */
  protected abstract String host();

  /** A path of the port's that takes GET only. */
  protected abstract String path();

  /** A path of the port's at which an upgrade may be asked for. */
  protected abstract String upgradePath();

  protected static Stream<Arguments> headerLines() {
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
        arguments("two hosts that agree", "Host: {host}\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headerLines")
  void answersAmbiguousHeadersOnce(String what, String lines) {
    refusesOnce("POST {path} HTTP/1.1\r\nHost: {host}\r\n" + lines + "\r\n");
    refusesOnce("GET {upgrade} HTTP/1.1\r\nHost: {host}\r\n" + UPGRADE + lines + "\r\n");
  }

  protected static Stream<Arguments> requestLines() {
    return Stream.of(
        arguments("two spaces", "GET  {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a tab", "GET\t{path}\tHTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a space in the path", "GET {te st} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a space at the end", "GET {path} HTTP/1.1 \r\nHost: {host}\r\n\r\n"),
        arguments("a space at the beginning", " GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a NUL in the path", "GET {path}\0 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a CR in the path", "GET {te\rst} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a bare LF", "GET {path} HTTP/1.1\nHost: {host}\r\n\r\n"),
        arguments("bare LFs throughout", "GET {path} HTTP/1.1\nHost: {host}\n\n"),
        arguments("no version", "GET {path}\r\nHost: {host}\r\n\r\n"),
        arguments("no path", "GET HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a method that is no token", "G@T {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a version of two digits", "GET {path} HTTP/1.10\r\nHost: {host}\r\n\r\n"),
        arguments("a version that is none", "GET {path} HTTP/x.y\r\nHost: {host}\r\n\r\n"),
        arguments("a lower-case version", "GET {path} http/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("version 2", "GET {path} HTTP/2.0\r\nHost: {host}\r\n\r\n"),
        arguments("version 0.9", "GET {path} HTTP/0.9\r\nHost: {host}\r\n\r\n"),
        arguments("a folded first header", "GET {path} HTTP/1.1\r\n Host: {host}\r\n\r\n"),
        arguments(
            "chunks over HTTP/1.0", "GET {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        arguments("no host", "GET {path} HTTP/1.1\r\n\r\n"),
        arguments("a list of hosts", "GET {path} HTTP/1.1\r\nHost: {host}, y\r\n\r\n"),
        arguments("a host with a space", "GET {path} HTTP/1.1\r\nHost: {host} y\r\n\r\n"),
        arguments("a host with a path", "GET {path} HTTP/1.1\r\nHost: {host}/y\r\n\r\n"),
        arguments("a host with a user", "GET {path} HTTP/1.1\r\nHost: a@x\r\n\r\n"),
        arguments("a target with a host, and none", "GET http://{host}{path} HTTP/1.1\r\n\r\n"),
        arguments(
            "a target of another host", "GET http://y{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments(
            "a target of another port",
            "GET http://{host}:80{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a target of no host", "GET http://{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments(
            "a target with a user", "GET http://a@{host}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments(
            "a target with a password",
            "GET http://a:b@{host}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments(
            "a target with a fragment",
            "GET http://{host}#{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments("a target turned", "GET http://{host}\\{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        arguments(
            "a target's host encoded", "GET http://%78{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("requestLines")
  void answersAmbiguousRequestLinesOnce(String what, String request) {
    refusesOnce(request);
  }

  protected static Stream<Arguments> chunks() {
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
    refusesOnce(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  }

  protected void refusesOnce(String request) {
    String sent = fill(request) + fill("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    try (TestClient client = TestClient.raw(port(), sent)) {
      assertThat(client.status()).as(sent).isBetween(400, 499).isNotEqualTo(421);
      String rest = client.rest();
      assertThat(rest).as(sent).doesNotContain("HTTP/1.1 ").doesNotContain("xception");
    }
  }

  private String fill(String request) {
    return request
        .replace("{path}", path())
        .replace("{te st}", path().substring(0, 3) + " " + path().substring(3))
        .replace("{te\rst}", path().substring(0, 3) + "\r" + path().substring(3))
        .replace("{upgrade}", upgradePath())
        .replace("{host}", host());
  }
}
