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

/** The public port takes nothing behind an ambiguous request for another request. */
class SmugglingTest extends AmbiguousRequests {
  private static final String SMUGGLED = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = RunningGateway.withoutUpstream().start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Override
  protected int port() {
    return gateway.port();
  }

  @Override
  protected String host() {
    return "x";
  }

  @Override
  protected String path() {
    return "/test";
  }

  @Override
  protected String upgradePath() {
    return "/realtime";
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
}
