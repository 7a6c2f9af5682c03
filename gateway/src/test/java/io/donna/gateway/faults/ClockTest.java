package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.SettableClock;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The clock on the wall is set, as by NTP after a bad start: only what is a time of day follows.
 */
class ClockTest {
  private static final String CONNECT = "{\"type\":\"connect_realtime\"}";

  private final SettableClock clock = new SettableClock();

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void sessionsTimersAndRatesGoOnThroughAnHourEitherWay(int hours) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream)
                .clock(clock)
                .with("AUTH_TIMEOUT_MS", 1_500)
                .with("KEEPALIVE_TIMEOUT_MS", 60_000)
                .with("RATE_LIMIT_MAX_REQUESTS", 3)
                .start();
        TestClient live = gateway.connectReady();
        TestClient undecided = gateway.connect()) {
      live.send(CONNECT);
      TestUpstream.Connection opened = upstream.take().accept();
      for (int i = 0; i < 3; i++) {
        assertThat(gateway.get("/test").statusCode()).isEqualTo(200);
      }

      clock.setAhead(Duration.ofHours(hours));

      assertThat(gateway.get("/test").statusCode()).as("used up before and after").isEqualTo(429);
      live.send("{\"type\":\"response.create\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.create\"}");
      opened.send("{\"type\":\"response.created\"}");
      assertThat(live.readText()).isEqualTo("{\"type\":\"response.created\"}");
      assertThat(undecided.readClose().closeCode()).as("in its 1.5 s").isEqualTo(4001);
      undecided.sendClose(4001, "");
      await().atMost(Duration.ofSeconds(5)).until(() -> gateway.gateway().connections() == 1);
      live.send("{\"type\":\"response.cancel\"}");
      assertThat(opened.readText()).isEqualTo("{\"type\":\"response.cancel\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aSessionLastsAsLongAsItsTokenDidWhenItCame(int hours) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().clock(clock).start();
        TestClient client = gateway.connect()) {
      client.send(
          "{\"type\":\"authenticate\",\"token\":\""
              + RunningGateway.token("u", Duration.ofSeconds(2))
              + "\"}");
      assertThat(client.readText()).contains("auth_success");
      assertThat(client.readText()).contains("token_expiring");
      // Answered when all that the token leads to is done.
      client.send("{\"type\":\"response.create\"}");
      assertThat(client.readText()).contains("not_connected");

      clock.setAhead(Duration.ofHours(hours));

      assertThat(client.readText()).contains("Token expired");
      assertThat(client.read().closeCode()).isEqualTo(4003);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, 2})
  void tokensAreJudgedByTheTimeOfDayAsItIs(int hours) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().clock(clock).start()) {
      clock.setAhead(Duration.ofHours(hours));

      try (TestClient client = gateway.connect()) {
        client.send(
            "{\"type\":\"authenticate\",\"token\":\"" + RunningGateway.token("user123") + "\"}");

        assertThat(client.readText()).contains("Invalid token");
        gateway.awaitLog(hours > 0 ? "jwt expired" : "jwt issued in the future");
      }
    }
  }
}
