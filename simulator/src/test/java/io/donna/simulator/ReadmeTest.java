package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The examples of README.md, "In a test". */
class ReadmeTest {
  /** One that nobody refers to is closed by the garbage collector, with its connections. */
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static WebSocket connect(Simulator simulator) {
    return HTTP.newWebSocketBuilder()
        .header("Authorization", "Bearer key")
        .buildAsync(
            URI.create(simulator.uri() + "?model=gpt-realtime"), new WebSocket.Listener() {})
        .join();
  }

  @Test
  void servesATest() throws Exception {
    try (Simulator simulator = Simulator.builder().speed(1_000).start()) {
      WebSocket client = connect(simulator);
      client.sendText("{\"type\":\"response.cancel\"}", true).join();
      SimulatedConnection connection = simulator.awaitConnection(Duration.ofSeconds(5));
      connection.requestHeaders().firstValue("Authorization");
      connection.awaitMessages(1, Duration.ofSeconds(5));
      connection.sendText("{\"type\":\"anything\"}");
      simulator.fault(Fault.closeWith(4000, "from now on"));

      assertThat(connection.requestHeaders().firstValue("Authorization")).hasValue("Bearer key");
    }
  }

  @Test
  void movesTheTimeOfALiveSession() {
    ManualTime time = new ManualTime(Instant.now());
    try (Simulator simulator = Simulator.builder().time(time).seed(7).hears("Hello").start()) {
      LiveCall call = LiveCall.connect(simulator).send(LiveCall.start("gpt-live-1", ""));
      call.awaitReading();
      time.advance(Duration.ofSeconds(1));
      call.client().await("session.started");
      call.silence(100).events();
      time.advance(Duration.ofHours(2));
      assertThat(call.client().await("session.closed").path("reason").asString())
          .isEqualTo("expired");
    }
  }
}
