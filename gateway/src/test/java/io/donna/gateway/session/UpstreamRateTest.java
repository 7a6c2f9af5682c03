package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** How often clients may have upstreams opened, and how many they may leave behind. */
class UpstreamRateTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  @AutoClose private final TestUpstream upstream = TestUpstream.start();
  private final AtomicInteger opened = new AtomicInteger();

  private RunningGateway.Builder behind() {
    return RunningGateway.behind(upstream).without("UPSTREAM_RATE_PER_SESSION");
  }

  /** An upstream that takes everybody and is gone at once. */
  private void closeEach() {
    upstream.handEachTo(connection -> {
      opened.incrementAndGet();
      connection.accept().sendClose(1000, "");
    });
  }

  @Test
  void oneSocketThatKeepsAskingOpensTenUpstreamsAndIsClosed() {
    closeEach();
    try (RunningGateway gateway = behind().limitedLog().start();
        TestClient client = gateway.connectReady()) {
      for (int i = 0; i < 10; i++) {
        client.send(CONNECT);
        assertThat(client.readText()).contains("realtime_disconnected");
      }
      for (int i = 0; i < 10; i++) {
        client.send(CONNECT);
        assertThat(client.readText())
            .contains("\"type\":\"gateway_error\",\"code\":\"rate_limit_exceeded\"")
            .containsPattern("Try again in [456] s");
      }
      client.send("{\"type\":\"response.create\"}");
      assertThat(client.readText()).as("the session goes on").contains("not_connected");
      client.send(CONNECT);
      assertThat(client.readText()).contains("rate_limit_exceeded");
      assertThat(client.read().closeCode()).isEqualTo(4029);

      assertThat(opened).hasValue(10);
      assertThat(gateway.log().stream().filter(line -> line.contains("WS_UPSTREAM_RATE_LIMIT")))
          .as("at most one line a second")
          .hasSizeBetween(1, 3)
          .allMatch(line -> line.contains("\"ip\":\"127.0.0.xxx\",\"userId\":\"user123\""));
    }
  }

  @Test
  void aUserIsHeldToOneRateOverManyAddresses() {
    closeEach();
    try (RunningGateway gateway =
        behind().with("UPSTREAM_RATE_PER_USER", 5).with("TRUSTED_PROXIES", "127.0.0.1").start()) {
      int refused = 0;
      for (int i = 1; i <= 8; i++) {
        try (TestClient client =
            gateway.connectDropIn(RunningGateway.bearer("ann"), "X-Forwarded-For: 192.0.2." + i)) {
          Frame first = client.read();
          if (!first.isClose()) {
            assertThat(first.text()).contains("rate_limit_exceeded");
            assertThat(client.read().closeCode()).isEqualTo(1013);
            refused++;
          }
        }
      }
      assertThat(refused).isEqualTo(3);
      assertThat(opened).hasValue(5);
      try (TestClient client =
          gateway.connectDropIn(RunningGateway.bearer("bob"), "X-Forwarded-For: 192.0.2.1")) {
        assertThat(client.read().isClose()).as("another user is let in").isTrue();
      }
    }
  }

  @Test
  void anAddressIsHeldToOneRateOverManyUsers() {
    closeEach();
    try (RunningGateway gateway = behind().with("UPSTREAM_RATE_PER_IP", 3).start()) {
      for (int i = 0; i < 6; i++) {
        try (TestClient client = gateway.connectDropInAs("user" + i)) {
          assertThat(client.read().isClose()).isEqualTo(i < 3);
        }
      }
      assertThat(opened).hasValue(3);
    }
  }

  @Test
  void whoseUpstreamsFailAgainAndAgainWaitsLongerEachTime() {
    upstream.handEachTo(connection -> {
      opened.incrementAndGet();
      connection.answer("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n");
    });
    try (RunningGateway gateway = behind().with("UPSTREAM_BACKOFF_MS", 20_000).start()) {
      for (int i = 0; i < 4; i++) {
        try (TestClient client = gateway.connectDropInAs("ann")) {
          String code = i < 2 ? "upstream_refused" : "rate_limit_exceeded";
          assertThat(client.readText()).contains("\"code\":\"" + code + "\"");
        }
      }
      assertThat(opened).hasValue(2);
    }
  }

  @Test
  void triesAtOtherServersAndKeysCount() {
    upstream.handEachTo(connection -> {
      opened.incrementAndGet();
      connection.answer("HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n");
    });
    try (RunningGateway gateway =
            behind()
                .with("UPSTREAM", "openai,openai:b,openai:c")
                .with("OPENAI_API_KEY", "key-a1,key-a2")
                .with("OPENAI_REALTIME_URL_B", upstream.uri())
                .with("OPENAI_API_KEY_B", "key-b1,key-b2")
                .with("OPENAI_REALTIME_URL_C", upstream.uri())
                .with("OPENAI_API_KEY_C", "key-c1,key-c2")
                .with("UPSTREAM_RATE_PER_SESSION", 4)
                .start();
        TestClient client = gateway.connectDropInAs("ann")) {
      assertThat(client.readText()).contains("upstream_refused");
      assertThat(opened).hasValue(4);
    }
  }

  @Test
  void keepsFewUpstreamsOfOneUserWhoHangsUpOnItsAnswers() {
    List<TestUpstream.Connection> connections = new ArrayList<>();
    try (RunningGateway gateway = behind().start()) {
      for (int i = 0; i < 8; i++) {
        try (TestClient client = gateway.connectDropInAs("ann")) {
          TestUpstream.Connection connection = upstream.take().accept();
          connections.add(connection);
          connection.send("{\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}");
          client.readText();
        }
      }
      gateway.awaitNoConnections();
      // A session is reported closed once its upstream is: half of them wait for theirs.
      awaitClosed(gateway, 8 - KeptUpstreams.OF_ONE_USER);
      connections.forEach(TestUpstream.Connection::close);
      awaitClosed(gateway, 8);
    }
  }

  private static void awaitClosed(RunningGateway gateway, int sessions) {
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() ->
            gateway.log().stream().filter(line -> line.contains("_CLOSED")).count() == sessions);
  }
}
