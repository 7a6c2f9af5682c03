package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.abuse.AmbiguousRequests;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The admin port takes nothing behind an ambiguous request for another request. */
class AdminSmugglingTest extends AmbiguousRequests {
  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = RunningGateway.withoutUpstream().admin().start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Override
  protected int port() {
    return gateway.adminPort();
  }

  @Override
  protected String host() {
    return "localhost";
  }

  @Override
  protected String path() {
    return "/livez";
  }

  @Override
  protected String upgradePath() {
    return "/api/v1/events";
  }

  @Test
  void answersWhatComesBehindAnUnambiguousBodyInOrder() {
    String first =
        String.join(
            "\r\n",
            "POST /api/v1/reload HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            "",
            "2",
            "{}",
            "0",
            "",
            "");
    String second = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

    try (TestClient client = TestClient.raw(port(), first + second + second)) {
      assertThat(client.status()).isEqualTo(200);
      assertThat(client.body()).contains("\"files\"");
      assertThat(client.nextHead()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    String body = " ".repeat(AdminConnection.MAX_BODY_BYTES) + "{}";
    String request =
        "POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;

    try (TestClient client = TestClient.raw(port(), request)) {
      assertThat(client.status()).isEqualTo(413);
    }
  }
}
