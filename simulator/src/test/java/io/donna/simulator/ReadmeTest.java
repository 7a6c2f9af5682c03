package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The example of README.md, "In a test". */
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
}
